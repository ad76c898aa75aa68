import { createHash } from 'node:crypto';
import { uriOf } from '../../../kit/sip-fields';
import { asFailure, AttemptFailure } from '../failure';
import type { Endpoint, UeConfig } from '../protocol';
import { stillRegistered, type Ua } from './jssip';
import type { SipSecurity } from './security';
import { isSameIdentity, keepOf, seenFrom, statusOf, valuesOf } from './sip-text';

/** Expiry in seconds that TS 24.229 5.1.1.2.1 has a UE ask for. */
export const registrationSeconds = 600_000;

/** The IMS communication service that this UE offers: multimedia telephony (TS 24.173 5.1), as a feature tag has it. */
export const mmtel = 'urn:urn-7:3gpp-service.ims.icsi.mmtel';

/** What the network told with the 200 to REGISTER. */
export interface Registered {
  /** Seconds between keep-alives that the P-CSCF recommended (RFC 6223); undefined if it did not. */
  readonly keepSeconds: number | undefined;
  /** Where the P-CSCF saw the UE (RFC 3581); undefined if it did not tell. */
  readonly seenFrom: Endpoint | undefined;
  /** The Service-Route, from the top (RFC 3608), which every initial request takes. */
  readonly serviceRoute: readonly string[];
}

/** The registration of a user agent: REGISTER, the checks of what the network answered, and de-registration. */
export class Registration {
  /** Settles the registration or de-registration that goes on. */
  private settle: (failure?: AttemptFailure) => void = () => undefined;
  /** The latest REGISTER, as it was sent, and its response; empty if none has come. */
  private request = '';
  private response = '';
  /** Whether the registration is being ended. */
  private isLeaving = false;
  /** Whether nothing is to be sent any more. */
  private isOver = false;
  private told: Registered | undefined;
  /** What is wrong with the 200 that JsSIP is dealing with. */
  private fault: AttemptFailure | undefined;

  /**
   * @param failureOf returns the failure of a REGISTER with JsSIP's reason for it
   */
  constructor(
    private readonly ua: Ua,
    private readonly subscriber: UeConfig['subscriber'],
    private readonly security: SipSecurity,
    private readonly failureOf: (cause: string | undefined) => AttemptFailure,
  ) {
    ua.on('registered', () => this.settle(this.fault));
    ua.on('registrationFailed', ({ cause }) => this.refused(cause));
    ua.on('unregistered', ({ cause }) => {
      if (!this.isLeaving) return;
      if (cause) this.refused(cause);
      else this.settle();
    });
    ua.on('registrationExpiring', () => void this.send(() => this.ua.register()));
    ua.registrator().setExtraContactParams({ '+g.3gpp.icsi-ref': `"${encodeURIComponent(mmtel)}"` });
  }

  /** What the network told; undefined until the UE has registered. */
  get facts(): Registered | undefined {
    return this.told;
  }

  /**
   * Registers. It resolves when the 200 has come and has been checked.
   * @throws AttemptFailure `SIP_REFUSED`; `NETWORK_UNTRUSTED` if the network did not prove that it is the UE's own;
   *   `SECURITY_NOT_AGREED`; `SIP_PROTOCOL` if the 200 is not for this UE or cannot be followed
   */
  register(): Promise<void> {
    return this.wait(() => this.ua.start());
  }

  /** De-registers. @throws AttemptFailure */
  unregister(): Promise<void> {
    this.isLeaving = true;
    return this.wait(() => this.ua.unregister());
  }

  /** Ends what goes on, with this failure. */
  end(failure: AttemptFailure): void {
    this.isOver = true;
    this.settle(failure);
  }

  /** Forgets what goes on, whose end nobody awaits any more. */
  forget(): void {
    this.isOver = true;
    this.settle = () => undefined;
  }

  /** Takes a REGISTER that is sent. */
  sent(request: string): void {
    this.request = request;
    this.response = '';
  }

  /** Takes a response to REGISTER, as `normalised` writes it, before JsSIP gets it. */
  arrived(response: string): void {
    this.response = response;
    if (!isSuccess(response)) return;
    this.fault = this.faultOf(response);
    if (this.fault === undefined) this.security.accepted(response);
    this.told = {
      keepSeconds: keepOf(response),
      seenFrom: seenFrom(response),
      serviceRoute: valuesOf(response, 'Service-Route'),
    };
  }

  /** Called when JsSIP has dealt with a response to REGISTER. */
  handled(response: string): void {
    if (!isSuccess(response)) return;
    const { code, reason } = statusOf(response)!;
    // For a 200 without its Contact JsSIP has no event. For a 200 with it the event has come
    // by now, and this has no effect.
    this.settle(
      new AttemptFailure(
        'SIP_REFUSED',
        `${`${code} ${reason}`.trim()} to REGISTER, without this UE's Contact`,
      ),
    );
  }

  private wait(begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      void this.send(begin);
    });
  }

  /**
   * Sends a REGISTER.
   * @param send has JsSIP send it
   * @param fields makes its header fields
   */
  private async send(send: () => void, fields = () => this.security.begin()): Promise<void> {
    try {
      const made = fields();
      const known = made instanceof Promise ? await made : made;
      if (this.isOver) return;
      this.ua.registrator().setExtraHeaders([...known]);
      send();
    } catch (error) {
      this.settle(asFailure(error));
    }
  }

  /** Answers a challenge, or takes a refusal for what it is. @param cause JsSIP's reason */
  private refused(cause: string | undefined): void {
    const { security, response } = this;
    const status = statusOf(response);
    if (status?.code !== 401 || security.answer === undefined) {
      this.settle(security.refusal(status) ?? this.failureOf(cause));
      return;
    }
    const again = (): void => {
      if (this.isLeaving) stillRegistered(this.ua);
      if (this.isLeaving) this.ua.unregister();
      else this.ua.register();
    };
    void this.send(again, () => security.answer!(response));
  }

  /** Returns what is wrong with the 200 to REGISTER. A network without a Service-Route has no such route. */
  private faultOf(response: string): AttemptFailure | undefined {
    const untrusted = this.security.faultOf(this.request, response);
    if (untrusted) return untrusted;
    const identities = valuesOf(response, 'P-Associated-URI').map(uriOf);
    const { impu } = this.subscriber;
    // TS 24.229 5.1.1.2.1: the list has every public user identity of the set that was registered, and the UE's default
    // identity is the first of it.
    if (identities.length === 0) return wrong('it names no public user identity (P-Associated-URI)');
    if (!identities.some((identity) => isSameIdentity(identity, impu)))
      return wrong(`its P-Associated-URI names ${identities.join(', ')}, and not ${impu}`);
    const unusable = valuesOf(response, 'Service-Route').find((value) => !isLooseRoute(value));
    return unusable === undefined ? undefined : wrong(`its Service-Route is no SIP URI with lr: ${unusable}`);
  }
}

/**
 * Returns the instance id of a subscription as a UUID made of its private identity (RFC 9562 5.5). It belongs to the
 * subscription, so that a UE which moves to another access network is the same instance there (RFC 5626 4.1).
 */
export function instanceOf(impi: string): string {
  // The name space of URLs, RFC 9562 6.6; a private identity has the form of an address.
  const space = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const hash = createHash('sha1').update(space).update(`sip:${impi}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const isSuccess = (response: string): boolean => {
  const code = statusOf(response)?.code ?? 0;
  return code >= 200 && code < 300;
};

/** RFC 3608 5: a route is a SIP URI in angle brackets; without `lr` it would name a strict router. */
const isLooseRoute = (value: string): boolean => /<sips?:[^<>\s]+;lr(?=[;=?>])[^<>]*>/i.test(value);

const wrong = (why: string): AttemptFailure =>
  new AttemptFailure('SIP_PROTOCOL', `the 200 to REGISTER is not for this UE: ${why}`);
