import { createHash } from 'node:crypto';
import { uriOf } from '../../../kit/sip-fields';
import { AttemptFailure } from '../failure';
import type { Endpoint, UeConfig } from '../protocol';
import type { Ua } from './jssip';
import { networkFailure } from './network-authentication';
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
  /** The latest REGISTER, as it was sent. */
  private request = '';
  private told: Registered | undefined;
  /** What is wrong with the 200 that JsSIP is dealing with. */
  private fault: AttemptFailure | undefined;

  /**
   * @param failureOf returns the failure of a REGISTER with JsSIP's reason for it
   */
  constructor(
    private readonly ua: Ua,
    private readonly subscriber: UeConfig['subscriber'],
    private readonly failureOf: (cause: string | undefined) => AttemptFailure,
  ) {
    ua.on('registered', () => this.settle(this.fault));
    ua.on('registrationFailed', ({ cause }) => this.settle(failureOf(cause)));
    ua.on('unregistered', ({ cause }) => this.settle(cause ? failureOf(cause) : undefined));
    ua.registrator().setExtraContactParams({ '+g.3gpp.icsi-ref': `"${encodeURIComponent(mmtel)}"` });
  }

  /** What the network told; undefined until the UE has registered. */
  get facts(): Registered | undefined {
    return this.told;
  }

  /**
   * Registers by SIP Digest (TS 33.203 Annex N). It resolves when the 200 has come and has been checked.
   * @throws AttemptFailure `SIP_REFUSED`; `NETWORK_UNTRUSTED` if the network did not prove that it knows the password;
   *   `SIP_PROTOCOL` if the 200 is not for this UE or cannot be followed
   */
  register(): Promise<void> {
    return this.wait(() => this.ua.start());
  }

  /** De-registers. @throws AttemptFailure */
  unregister(): Promise<void> {
    return this.wait(() => this.ua.unregister());
  }

  /** Ends what goes on, with this failure. */
  end(failure: AttemptFailure): void {
    this.settle(failure);
  }

  /** Forgets what goes on, whose end nobody awaits any more. */
  forget(): void {
    this.settle = () => undefined;
  }

  /** Takes a REGISTER that is sent. */
  sent(request: string): void {
    this.request = request;
  }

  /** Takes a response to REGISTER, as `normalised` writes it, before JsSIP gets it. */
  arrived(response: string): void {
    if (!isSuccess(response)) return;
    this.fault = this.faultOf(response);
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
      begin();
    });
  }

  /** Returns what is wrong with the 200 to REGISTER. A network without a Service-Route has no such route. */
  private faultOf(response: string): AttemptFailure | undefined {
    const untrusted = networkFailure(this.request, response, this.subscriber.password);
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
