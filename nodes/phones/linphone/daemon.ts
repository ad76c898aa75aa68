import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AttemptFailure } from '../../ue/failure';
import { phoneFolder, PhoneProcess } from '../phone-process';
import { EventReader, type DaemonEvent } from './event';
import { LogReader, type RegistrationState } from './log';

/** Milliseconds that it may take to deregister and to end. It gives a deregistration up after 2 s. */
const leavesWithinMs = 5000;

/** What linphone-daemon tells while it runs. */
export type Told =
  | { readonly kind: 'event'; readonly event: DaemonEvent }
  | { readonly kind: 'registration'; readonly state: RegistrationState }
  /** The RTP of a call in the last second, kbit/s. */
  | { readonly kind: 'audio'; readonly received: number; readonly sent: number };

/**
 * A linphone-daemon. It takes commands on its stdin, prints events, and registers as its configuration says. An attempt has one of
 * its own, which starts in a tenth of a second: web proxy and trust are read at the start only.
 */
export class LinphoneDaemon {
  private isRegistered = false;
  private readonly log = new LogReader({
    registration: (state) => {
      this.isRegistered = state === 'Ok';
      this.process.tell({ kind: 'registration', state });
    },
    audio: (rate) => this.process.tell({ kind: 'audio', ...rate }),
  });
  private readonly events = new EventReader((event) => this.process.tell({ kind: 'event', event }));
  private readonly process: PhoneProcess<Told>;

  /**
   * Starts it.
   * @param configuration the text of its `linphonerc`
   */
  constructor(configuration: string) {
    const folder = phoneFolder('linphone');
    // Without this folder it has no database, and without a database a message makes it crash.
    mkdirSync(join(folder, '.local/share/linphone'), { recursive: true });
    this.process = PhoneProcess.start({
      name: 'linphone-daemon',
      argv: ['linphone-daemon', '--config', 'linphonerc', '--log', 'log'],
      folder,
      files: { linphonerc: configuration },
      // Neither the sound server of this machine's user nor a sound card is the phone's.
      environment: { PULSE_SERVER: `unix:${folder}/no-pulse`, ALSA_CONFIG_PATH: '/dev/null' },
      output: (line) => this.events.take(line),
      log: {
        name: 'log',
        read: (content) => createInterface({ input: content }).on('line', (line) => this.log.take(line)),
      },
    });
  }

  /** Gives it a command, such as `call sip:peer@home`. */
  command(text: string): void {
    this.process.write(`${text}\n`);
  }

  /** Waits until it has told something, from now on. See {@link PhoneProcess.until}. */
  until<T>(look: (told: Told) => T | undefined): Promise<T> {
    return this.process.until(look);
  }

  /** See {@link LogReader.registrationFailure}. */
  registrationFailure(isByProxy: boolean): AttemptFailure {
    return this.log.registrationFailure(isByProxy);
  }

  /** See {@link LogReader.relayWithoutAnswer}. */
  get relayWithoutAnswer(): string | undefined {
    return this.log.relayWithoutAnswer;
  }

  /** See {@link LogReader.refusalOf}. */
  refusalOf(method: string): AttemptFailure | undefined {
    return this.log.refusalOf(method);
  }

  /** Ends it: at once, or if it is registered, after it has deregistered. It never rejects. */
  leave(): Promise<void> {
    if (!this.isRegistered) return this.process.stop();
    this.command('terminate');
    this.command('quit');
    return this.process.stop(leavesWithinMs);
  }
}
