import { AttemptFailure } from '../../ue/failure';
import type { FailureCode } from '../../ue/protocol';

/** What the log tells while it is written. */
export interface LogListener {
  registration?(state: RegistrationState): void;
  /** Tells the RTP of a call in the last second, kbit/s. */
  audio?(rate: { readonly received: number; readonly sent: number }): void;
}

/** The states of a registration that decide something. */
export type RegistrationState = 'Ok' | 'Failed' | 'Cleared';
const registrationState =
  /^Account \[.* moving from state \[\w+\] to \[LinphoneRegistration(Ok|Failed|Cleared)\]/;

/** What came in a second, and what went. */
const audioRate = /^\tStream #0 \(audio\) .*\| RTP : \[d=([\d.]+),u=([\d.]+)\]/;

/** An entry: date, time, library, level, and text. What stands on a line without these is more of the entry before. */
const entry = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d+ ([a-z-]+)-(message|warning|error|fatal)-(.*)$/;

/** Entries that say why the P-CSCF could not be reached. The first of a log counts; later ones are of a second try. */
const troubles: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  // It does not tell a 403 from a 407.
  [/connection refused by http proxy/, 'UNTOLD'],
  [/SSL handshake failed : X509 - Certificate verification failed/, 'CERTIFICATE_UNTRUSTED'],
  [/SSL handshake failed : /, 'TLS_FAILED'],
  [/^Connection failed .*\[Connection refused\]/, 'CONNECTION_REFUSED'],
  [/^Connection failed .*\[(?:No route to host|Network is unreachable)\]/, 'UNREACHABLE'],
  [/^Connection failed .*\[Connection reset by peer\]/, 'CONNECTION_LOST'],
  [/^Connection failed .*\[Connection timed out\]/, 'TIMEOUT'],
  [/^channel .*: user-defined transport timeout/, 'TIMEOUT'],
  [/^A timeout related to this channel occured/, 'TIMEOUT'],
];

/** Says in words of ours what an entry of {@link troubles} means, where its own words do not. */
const meanings: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/user-defined transport timeout/, 'no connection to the P-CSCF within the time that Linphone allows'],
  [/A timeout related to this channel/, 'nobody answered REGISTER'],
];

interface Response {
  readonly status: number;
  readonly phrase: string;
}

/** Reads the log of linphone-daemon, line by line, and finds in it what the daemon does not tell otherwise. */
export class LogReader {
  private trouble: { readonly code: FailureCode; readonly text: string } | undefined;
  /** The latest refusal of a request, by the request's method. */
  private readonly refusals = new Map<string, Response>();
  /** The response in which the next lines stand. */
  private response: Response | undefined;
  private isWrongName = false;
  private lastError: string | undefined;
  private silentRelay: string | undefined;

  constructor(private readonly listener: LogListener) {}

  /** Takes the next line. */
  take(line: string): void {
    const [, library, level, text = line] = entry.exec(line) ?? [];
    // The SIP stack is bellesip; the others also complain of what the lab does not have, such as sound cards.
    if (library === 'belle-sip' && level === 'error') this.lastError = text;
    this.silentRelay ??= /^No STUN answer from \[(.+?)\]/.exec(text)?.[1];
    this.readSip(text, level !== undefined);
    this.readTrouble(text);
    const [, state] = registrationState.exec(text) ?? [];
    if (state !== undefined) this.listener.registration?.(state as RegistrationState);
    const [, received, sent] = audioRate.exec(line) ?? [];
    if (received !== undefined) this.listener.audio?.({ received: Number(received), sent: Number(sent) });
  }

  /** The TURN server, as `host:port`, that did not answer while a call began; undefined if it did, or was not asked. */
  get relayWithoutAnswer(): string | undefined {
    return this.silentRelay;
  }

  /** Returns the latest refusal of a request with this method, if there was one. */
  refusalOf(method: string): AttemptFailure | undefined {
    const refusal = this.refusals.get(method);
    return (
      refusal &&
      new AttemptFailure('SIP_REFUSED', `${method} was answered with ${refusal.status} ${refusal.phrase}`)
    );
  }

  /**
   * Returns why it is not registered, as far as the log tells.
   * @param isByProxy says whether its connection goes to the web proxy
   */
  registrationFailure(isByProxy: boolean): AttemptFailure {
    const refusal = this.refusalOf('REGISTER');
    if (refusal) return refusal;
    if (!this.trouble)
      return new AttemptFailure('UNTOLD', `not registered: ${this.lastError ?? 'Linphone does not say why'}`);
    const { code, text } = this.trouble;
    if (code === 'CERTIFICATE_UNTRUSTED' && this.isWrongName)
      return new AttemptFailure('CERTIFICATE_NAME', text);
    const isProxyOff = isByProxy && (code === 'CONNECTION_REFUSED' || code === 'UNREACHABLE');
    return new AttemptFailure(isProxyOff ? 'PROXY_UNREACHABLE' : code, text);
  }

  /** Finds refusals. The log has each message as it is, after an entry that says that it came. */
  private readSip(text: string, isEntry: boolean): void {
    if (isEntry) this.response = undefined;
    const [, status, phrase = ''] = /^SIP\/2\.0 (\d{3}) (.*?)\r?$/.exec(text) ?? [];
    if (status !== undefined) this.response = { status: Number(status), phrase };
    const [, method] = /^CSeq: *\d+ +([A-Z]+)\r?$/i.exec(text) ?? [];
    if (!this.response || method === undefined) return;
    // A challenge is no refusal yet; of a second one the daemon says that it has failed, and nothing more is known.
    if (this.response.status >= 300 && this.response.status !== 401 && this.response.status !== 407)
      this.refusals.set(method, this.response);
    this.response = undefined;
  }

  private readTrouble(text: string): void {
    if (/^Found certificate depth=\[0\], flags=\[[^\]]*CN-mismatch/i.test(text)) this.isWrongName = true;
    const code = troubles.find(([pattern]) => pattern.test(text))?.[1];
    if (code === undefined) return;
    const meaning = meanings.find(([pattern]) => pattern.test(text))?.[1];
    this.trouble ??= { code, text: meaning ?? text.replace(/^Channel \[\w+\]: /, '') };
  }
}
