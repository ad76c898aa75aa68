import type { Endpoint } from '../../ue/protocol';
import type { UeTimers } from '../../ue/timers';
import { phoneFolder, PhoneProcess } from '../phone-process';
import type { TracedMessage } from '../traced-message';
import { MessageLog } from './message-log';
import { outOfCall } from './scenario';

/** How many ports in a row SIPp takes for RTP, although it sends none; the first is even. */
export const rtpPorts = 3;

/** How one SIPp is run. */
export interface SippRun {
  readonly scenario: string;
  /** Where it sends its SIP: the P-CSCF over UDP, or a shim over TCP. */
  readonly server: Endpoint;
  readonly transport: 'udp' | 'tcp';
  readonly local: Endpoint;
  /** Loopback port of its control interface, which nobody uses; without one it takes a port at every address. */
  readonly controlPort: number;
  /** The first of {@link rtpPorts} ports. */
  readonly rtpPort: number;
  /** URI that it digests, without `sip:`. */
  readonly digestUri: string;
  readonly timers: Pick<UeTimers, 'sipT2'>;
}

/** A SIPp that plays one scenario once. It tells every SIP message, and ends by itself after the last one. */
export type Sipp = PhoneProcess<TracedMessage>;

/** Starts SIPp. @param onMessage takes every SIP message at once */
export function startSipp(run: SippRun, onMessage: (message: TracedMessage) => void): Sipp {
  const log = new MessageLog();
  const read = (chunk: Buffer): void => {
    for (const message of log.push(chunk)) {
      onMessage(message);
      sipp.tell(message);
    }
  };
  const sipp: Sipp = PhoneProcess.start({
    name: 'SIPp',
    argv: ['sipp', ...argumentsOf(run)],
    folder: phoneFolder('sipp'),
    files: { 'scenario.xml': run.scenario, 'out-of-call.xml': outOfCall() },
    log: { name: 'messages', read: (content) => content.on('data', read) },
  });
  return sipp;
}

function argumentsOf({
  server,
  transport,
  local,
  controlPort,
  rtpPort,
  digestUri,
  timers,
}: SippRun): string[] {
  return [
    `${server.ip}:${server.port}`,
    ...['-sf', 'scenario.xml', '-oocsf', 'out-of-call.xml', '-m', '1'],
    ...['-t', transport === 'udp' ? 'u1' : 't1', '-i', local.ip, '-p', `${local.port}`],
    ...['-ci', '127.0.0.1', '-cp', `${controlPort}`, '-mi', local.ip, '-mp', `${rtpPort}`],
    ...['-auth_uri', digestUri],
    // By default it gives a call up at what the scenario does not name, and after so many retransmissions.
    ...['-default_behaviors', 'none', '-max_non_invite_retrans', '1000', '-T2', `${timers.sipT2}`],
    // Without these it takes more than a user may have, and reads a terminal that is not there.
    ...['-skip_rlimit', '-max_socket', '16', '-nostdin'],
    ...['-trace_msg', '-message_file', 'messages'],
  ];
}
