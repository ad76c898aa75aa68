import { randomInt } from 'node:crypto';
import type { IpsecMode } from '../../../ladder';
import { parametersOf } from '../../../kit/sip-fields';
import { longestLifetimeSeconds } from '../../ipsec/protocol';
import { regAwaitAuthSeconds } from '../../reg-await-auth';
import { AttemptFailure } from '../failure';
import type { Subscriber } from '../protocol';
import { networkFailure } from '../sip/network-authentication';
import type { Hop, SipSecurity } from '../sip/security';
import { allHeadersOf, valuesOf, type SipStatus } from '../sip/sip-text';
import type { AkaChannel } from './aka-channel';
import type { AttemptAssociations } from './attempt-associations';
import { Authorization } from './authorization';
import { challengeOf, type Challenge } from './challenge';
import type { ProtectedPort } from './protected-port';
import { chosenMechanism, securityClient, type Mechanism, type ProtectedEnd } from './security-mechanism';
import type { Usim } from './usim';

/** Seconds that security associations live longer than the registration (TS 24.229 5.1.1.5.1). */
const beyondRegistrationSeconds = 30;

/** The UE answers two invalid challenges in a row and no more (TS 24.229 5.1.1.5.3). */
const invalidAnswered = 2;

/** What the UE offers the P-CSCF for one set of security associations. */
interface Offer {
  readonly end: ProtectedEnd;
  readonly client: ProtectedPort;
}

/**
 * IMS AKA with a security agreement (TS 33.203 6 and 7, TS 24.229 5.1.1). The USIM answers the network's challenge and
 * gives the keys of the security associations, over which all further SIP goes.
 */
export class AkaSecurity implements SipSecurity {
  readonly credentials: SipSecurity['credentials'];
  private readonly authorization: Authorization;
  /** The latest Authorization, which later REGISTERs repeat (TS 24.229 5.1.1.4.2). */
  private authorizationField: string;
  private offer: Offer | undefined;
  /** The Security-Server of the agreement, as it was received; the UE returns it in Security-Verify. */
  private securityServer = '';
  /** RES of the challenge that was answered since the latest {@link begin}. */
  private res: Buffer | undefined;
  private invalid = 0;
  private macFailure: AttemptFailure | undefined;
  /** Names of the set that is in use and of the one before it. */
  private current: string | undefined;
  private former: string | undefined;

  constructor(
    private readonly channel: AkaChannel,
    private readonly associations: AttemptAssociations,
    private readonly mode: IpsecMode,
    private readonly usim: Usim,
    { impi, domain }: Pick<Subscriber, 'impi' | 'domain'>,
  ) {
    this.credentials = { authorization_user: impi };
    this.authorization = new Authorization({ impi, domain });
    this.authorizationField = this.authorization.initial();
  }

  get hop(): Hop {
    const { channel, securityServer } = this;
    const { isProtected } = channel;
    return {
      // TS 24.229 5.1.1.2.2: in a protected request it is the protected server port.
      sentBy: isProtected ? channel.local : channel.plain.local,
      rport: !isProtected,
      outbound: false,
      isProtected,
      agreement: [
        ...(isProtected ? [`Security-Verify: ${securityServer}`] : []),
        'Require: sec-agree',
        'Proxy-Require: sec-agree',
      ],
    };
  }

  async begin(): Promise<readonly string[]> {
    this.res = undefined;
    this.invalid = 0;
    this.macFailure = undefined;
    return this.offerAnew();
  }

  async answer(response: string): Promise<readonly string[]> {
    if (this.res !== undefined) throw refused('it challenges again after a right answer');
    const challenge = challengeOf(response);
    const answer = this.usim.answer(challenge.rand, challenge.autn);
    if (answer.outcome === 'mac-failure') {
      const field = this.authorization.rejection(challenge);
      return this.invalidated(
        field,
        "the network's AUTN fails its MAC: it does not know the subscriber's key",
      );
    }
    if (answer.outcome === 'sync-failure') {
      const field = this.authorization.synchronisation(challenge, answer.auts);
      const rest = "the network's SQN is still out of the USIM's range after two synchronisations";
      return this.invalidated(field, rest, false);
    }
    await this.agree(response, challenge, answer);
    return this.fields();
  }

  faultOf(request: string, response: string): AttemptFailure | undefined {
    if (!this.channel.isProtected)
      return new AttemptFailure(
        'NETWORK_UNTRUSTED',
        "the network did not prove that it is the UE's own: it did not ask for the subscriber's key",
      );
    // AUTN has proved already that the network knows the key, so this need not be there.
    const hasProof = allHeadersOf(response, 'Authentication-Info').length > 0;
    return this.res && hasProof ? networkFailure(request, response, this.res) : undefined;
  }

  accepted(response: string): void {
    const { former, current } = this;
    this.former = undefined;
    this.channel.forgetFormer();
    if (former !== undefined) void this.associations.remove(former);
    const seconds = expirySeconds(response, this.channel.local.port);
    if (current === undefined || seconds === undefined || seconds === 0) return;
    const lifetime = Math.min(seconds + beyondRegistrationSeconds, longestLifetimeSeconds);
    void this.associations.extend(current, lifetime);
  }

  refusal(status: SipStatus | undefined): AttemptFailure | undefined {
    if (status?.code === 494) return notAgreed(`the P-CSCF answered ${status.code} ${status.reason}`.trim());
    return this.macFailure;
  }

  /** Answers an invalid challenge, with a new offer (TS 24.229 5.1.1.5.3). */
  private async invalidated(field: string, why: string, isMac = true): Promise<readonly string[]> {
    const failure = new AttemptFailure('NETWORK_UNTRUSTED', why);
    this.macFailure = isMac ? failure : undefined;
    this.invalid += 1;
    if (this.invalid > invalidAnswered) throw failure;
    this.authorizationField = field;
    return this.offerAnew();
  }

  private async agree(
    response: string,
    challenge: Challenge,
    { res, ck, ik }: { readonly res: Buffer; readonly ck: Buffer; readonly ik: Buffer },
  ): Promise<void> {
    const { end, client } = this.offer!;
    const { mode, channel } = this;
    const values = allHeadersOf(response, 'Security-Server');
    const mechanism = this.mechanismIn(values, end);
    const { integrity, encryption, ...other } = mechanism;
    const address = channel.plain.server.ip;
    const name = await this.associations.add({
      ...{ mode, integrity, encryption, lifetimeSeconds: regAwaitAuthSeconds },
      ...{ ik: ik.toString('hex'), ck: ck.toString('hex') },
      self: { address: channel.local.ip, ...end },
      other: { address, ...endOf(other) },
      ...(mode === 'UDP-enc-tun' ? { outer: channel.seenAs.remote } : {}),
    });
    this.former = this.current;
    this.current = name;
    this.res = res;
    this.macFailure = undefined;
    this.securityServer = values.join(', ');
    this.authorizationField = this.authorization.answer(challenge, res);
    const server = { ip: address, port: mechanism.serverPort };
    channel.protect({ client, server, peerClientPort: mechanism.clientPort });
  }

  private mechanismIn(values: readonly string[], end: ProtectedEnd): Mechanism {
    if (values.length === 0) throw notAgreed('the 401 to REGISTER has no Security-Server');
    const mechanism = chosenMechanism(values, this.mode, end);
    if (mechanism) return mechanism;
    throw notAgreed('the Security-Server of the P-CSCF has none of the mechanisms that the UE offered');
  }

  /** Offers new SPIs and a new protected client port; the protected server port stays (TS 33.203 7.4). */
  private async offerAnew(): Promise<readonly string[]> {
    const client = await this.channel.takeClientPort();
    const [clientSpi, serverSpi] = twoSpis();
    const ports = { clientPort: client.port, serverPort: this.channel.local.port };
    this.offer = { end: { clientSpi, serverSpi, ...ports }, client };
    return this.fields();
  }

  private fields(): readonly string[] {
    return [this.authorizationField, securityClient(this.mode, this.offer!.end)];
  }
}

const endOf = ({ clientPort, serverPort, clientSpi, serverSpi }: ProtectedEnd): ProtectedEnd => ({
  ...{ clientPort, serverPort, clientSpi, serverSpi },
});

/** Draws two SPIs (RFC 4303 2.1: those below 256 are reserved). */
function twoSpis(): [number, number] {
  const one = randomInt(256, 2 ** 32);
  let other = one;
  while (other === one) other = randomInt(256, 2 ** 32);
  return [one, other];
}

/** Returns the seconds for which the UE's Contact is registered; undefined if the 200 does not tell. */
function expirySeconds(response: string, port: number): number | undefined {
  const contacts = valuesOf(response, 'Contact');
  const own = contacts.find((contact) => contact.includes(`:${port}`)) ?? contacts[0] ?? '';
  const [field] = allHeadersOf(response, 'Expires');
  const text = parametersOf(own).get('expires') ?? field ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

const notAgreed = (why: string): AttemptFailure =>
  new AttemptFailure('SECURITY_NOT_AGREED', `no security agreement (RFC 3329): ${why}`);

const refused = (why: string): AttemptFailure =>
  new AttemptFailure('SIP_REFUSED', `REGISTER was answered with 401: ${why}`);
