import { AuthenticationCentre } from './authentication-centre';
import type { HssSettings, HssSubscriber } from './config';
import { avp, decodeAvps, type Avp, type DiameterMessage } from './diameter';
import { logLine } from './log-line';
import { userProfile } from './user-profile';
import {
  avps,
  commands,
  cxApplication,
  cxResults,
  isKnown,
  results,
  schemes,
  vendor3gpp,
} from './dictionary';

/** A request cannot be served: the AVPs that say so, and the reason for the log. */
class Refusal extends Error {
  constructor(
    reason: string,
    readonly answer: readonly Avp[],
    readonly isError = false,
  ) {
    super(reason);
    this.name = 'Refusal';
  }
}

type Definition = { readonly code: number; readonly vendor?: number };

/** The values of Server-Assignment-Type at which the S-CSCF wants the user profile (TS 29.228 6.1.2). */
const assignments = new Set([0, 1, 2, 3]);

/** The highest value of Server-Assignment-Type (TS 29.229 6.3.15). */
const lastAssignment = 11;

/** The interface Cx of the HSS (TS 29.228, TS 29.229): MAR and SAR of an S-CSCF are answered. */
export class Cx {
  private readonly byImpi: ReadonlyMap<string, HssSubscriber>;
  private readonly byImpu: ReadonlyMap<string, HssSubscriber>;
  private readonly centre: AuthenticationCentre;

  /** @param note takes a line for the log */
  constructor(
    private readonly settings: Pick<HssSettings, 'originHost' | 'domain'>,
    subscribers: readonly HssSubscriber[],
    private readonly note: (line: string) => void,
  ) {
    this.byImpi = new Map(subscribers.map((subscriber) => [subscriber.impi, subscriber]));
    this.byImpu = new Map(
      subscribers.flatMap((subscriber) => subscriber.impus.map((impu) => [impu, subscriber] as const)),
    );
    this.centre = new AuthenticationCentre(settings.domain);
  }

  /** Answers a request. It never throws: what cannot be served gets an answer that says why. */
  answer(request: DiameterMessage): DiameterMessage {
    const impi = textOf(request.avps, avps.userName);
    const impu = textOf(request.avps, avps.publicIdentity);
    const name = nameOf(request.command);
    // An S-CSCF may look up by these whom even a refusal is about.
    const identities = [
      ...(impi === undefined ? [] : [avp(avps.userName, impi)]),
      ...(impu === undefined ? [] : [avp(avps.publicIdentity, impu)]),
    ];
    const common = [
      ...request.avps.filter(({ code, vendor }) => code === avps.sessionId.code && vendor === 0).slice(0, 1),
      avp(avps.vendorSpecificApplicationId, [
        avp(avps.vendorId, vendor3gpp),
        avp(avps.authApplicationId, cxApplication),
      ]),
      avp(avps.authSessionState, 1),
      avp(avps.originHost, this.settings.originHost),
      avp(avps.originRealm, this.settings.domain),
    ];
    try {
      const { answer, what } = this.serve(request);
      this.log(`${name} of ${impi ?? 'nobody'} (${impu ?? 'no public identity'}): ${what}`);
      return answerTo(request, [...common, avp(avps.resultCode, results.success), ...answer]);
    } catch (error) {
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal(`a grouped AVP cannot be read: ${String(error)}`, [
              avp(avps.resultCode, results.invalidAvpLength),
            ]);
      this.log(
        `refused ${name} of ${impi ?? 'nobody'} (${impu ?? 'no public identity'}): ${refusal.message}`,
      );
      return answerTo(request, [...common, ...refusal.answer, ...identities], refusal.isError);
    }
  }

  private log(line: string): void {
    this.note(logLine(line));
  }

  private serve(request: DiameterMessage): { answer: Avp[]; what: string } {
    const { command, application } = request;
    const isMar = command === commands.multimediaAuth;
    if (application !== cxApplication || (!isMar && command !== commands.serverAssignment))
      throw new Refusal(
        `command ${command} of application ${application} is not supported`,
        [avp(avps.resultCode, results.commandUnsupported)],
        true,
      );
    const unknown = request.avps.find((one) => one.isMandatory && !isKnown(one));
    if (unknown)
      throw failed(
        `AVP ${unknown.code} of vendor ${unknown.vendor} is mandatory and unknown`,
        results.avpUnsupported,
        unknown,
      );
    required(request.avps, avps.sessionId, 'Session-Id');
    return isMar ? this.authenticate(request) : this.assign(request);
  }

  /** MAR (TS 29.228 6.3). */
  private authenticate({ avps: given }: DiameterMessage): { answer: Avp[]; what: string } {
    const impi = required(given, avps.userName, 'User-Name').toString();
    const impu = required(given, avps.publicIdentity, 'Public-Identity').toString();
    const item = decodeAvps(required(given, avps.sipAuthDataItem, 'SIP-Auth-Data-Item'));
    const asked = required(item, avps.sipAuthenticationScheme, 'SIP-Authentication-Scheme').toString();
    const subscriber = this.subscriberOf(impi, impu);
    const scheme = asked === schemes.any ? (subscriber.card ? schemes.aka : schemes.digest) : asked;
    const answered = (content: Avp[], what: string): { answer: Avp[]; what: string } => ({
      answer: [
        avp(avps.userName, impi),
        avp(avps.publicIdentity, impu),
        avp(avps.sipNumberAuthItems, 1),
        avp(avps.sipAuthDataItem, [
          avp(avps.sipItemNumber, 1),
          avp(avps.sipAuthenticationScheme, scheme),
          ...content,
        ]),
      ],
      what: `${scheme}, ${what}`,
    });
    if (scheme === schemes.aka && subscriber.card) {
      const sync = this.resynchronise(subscriber, item);
      const { vector, sqn } = this.centre.vector(subscriber)!;
      return answered(
        [
          avp(avps.sipAuthenticate, Buffer.concat([vector.rand, vector.autn])),
          avp(avps.sipAuthorization, vector.xres),
          avp(avps.confidentialityKey, vector.ck),
          avp(avps.integrityKey, vector.ik),
        ],
        `${sync}a vector with SQN ${sqnText(sqn)}`,
      );
    }
    const ha1 = this.centre.ha1(subscriber);
    if (scheme === schemes.digest && ha1 !== undefined)
      return answered(
        [
          avp(avps.sipDigestAuthenticate, [
            avp(avps.digestRealm, this.settings.domain),
            avp(avps.digestAlgorithm, 'MD5'),
            avp(avps.digestQop, 'auth'),
            avp(avps.digestHa1, ha1),
          ]),
        ],
        'H(A1)',
      );
    throw experimental(
      `the scheme ${scheme} is not one of the subscriber's`,
      cxResults.authSchemeNotSupported,
    );
  }

  /** Reads the SIP-Authorization of a card that asks for resynchronisation: RAND and AUTS (TS 29.229 6.3.11). */
  private resynchronise(subscriber: HssSubscriber, item: readonly Avp[]): string {
    const authorization = find(item, avps.sipAuthorization);
    if (!authorization || authorization.data.length === 0) return '';
    const { data } = authorization;
    if (data.length !== 30)
      throw failed(
        `SIP-Authorization has ${data.length} bytes, and RAND and AUTS have 30`,
        results.invalidAvpValue,
        authorization,
      );
    const card = this.centre.resynchronise(subscriber, data.subarray(0, 16), data.subarray(16));
    if (!card) throw failed('the MAC-S of AUTS is wrong', results.invalidAvpValue, authorization);
    const { sqn, isTaken } = card;
    return `${isTaken ? 'resynchronised at' : 'not resynchronised, as the next is good for a card at'} SQN ${sqnText(sqn)}, `;
  }

  /** SAR (TS 29.228 6.1.2). */
  private assign({ avps: given }: DiameterMessage): { answer: Avp[]; what: string } {
    const server = required(given, avps.serverName, 'Server-Name').toString();
    const kind = required(given, avps.serverAssignmentType, 'Server-Assignment-Type');
    const type = kind.length === 4 ? kind.readUInt32BE() : -1;
    if (type < 0 || type > lastAssignment)
      throw failed(
        'Server-Assignment-Type has no value of TS 29.229',
        results.invalidAvpValue,
        find(given, avps.serverAssignmentType)!,
      );
    const impu = textOf(given, avps.publicIdentity);
    const impi = textOf(given, avps.userName);
    // A request about a user who is no longer registered may name either identity alone.
    if (impi === undefined && impu === undefined) throw missing(avps.publicIdentity, 'Public-Identity');
    const subscriber = this.subscriberOf(impi, impu);
    const profile = assignments.has(type) ? [avp(avps.userData, userProfile(subscriber))] : [];
    return {
      answer: [avp(avps.userName, subscriber.impi), ...profile],
      what: `${server}, assignment type ${type}${profile.length > 0 ? ', profile sent' : ''}`,
    };
  }

  private subscriberOf(impi: string | undefined, impu: string | undefined): HssSubscriber {
    const ofImpi = impi === undefined ? undefined : this.byImpi.get(impi);
    const ofImpu = impu === undefined ? undefined : this.byImpu.get(impu);
    if (impi !== undefined && !ofImpi) throw experimental('no such private identity', cxResults.userUnknown);
    if (impu !== undefined && !ofImpu) throw experimental('no such public identity', cxResults.userUnknown);
    if (ofImpi && ofImpu && ofImpi !== ofImpu)
      throw experimental('the identities are of two subscribers', cxResults.identitiesDontMatch);
    return (ofImpi ?? ofImpu)!;
  }
}

/** Makes the answer to a request with these AVPs. */
export const answerTo = (
  { isProxiable, command, application, hopByHop, endToEnd }: DiameterMessage,
  content: readonly Avp[],
  isError = false,
): DiameterMessage => ({
  isRequest: false,
  isProxiable,
  isError,
  command,
  application,
  hopByHop,
  endToEnd,
  avps: content,
});

/** Returns the first AVP of this kind, if there is one. */
export const find = (given: readonly Avp[], { code, vendor = 0 }: Definition): Avp | undefined =>
  given.find((one) => one.code === code && one.vendor === vendor);

const textOf = (given: readonly Avp[], wanted: Definition): string | undefined =>
  find(given, wanted)?.data.toString();

function required(given: readonly Avp[], wanted: Definition, name: string): Buffer {
  const found = find(given, wanted);
  if (!found) throw missing(wanted, name);
  return found.data;
}

/** RFC 6733 7.5: Failed-AVP holds an example of the AVP that is missing. */
const missing = (wanted: Definition, name: string): Refusal =>
  failed(`${name} is missing`, results.missingAvp, avp(wanted, Buffer.alloc(0)));

const failed = (reason: string, result: number, about: Avp): Refusal =>
  new Refusal(reason, [avp(avps.resultCode, result), avp(avps.failedAvp, [about])]);

const experimental = (reason: string, result: number): Refusal =>
  new Refusal(`${reason} (${result})`, [
    avp(avps.experimentalResult, [avp(avps.vendorId, vendor3gpp), avp(avps.experimentalResultCode, result)]),
  ]);

const nameOf = (command: number): string =>
  command === commands.multimediaAuth
    ? 'MAR'
    : command === commands.serverAssignment
      ? 'SAR'
      : `command ${command}`;

const sqnText = (sqn: bigint): string => sqn.toString(16).padStart(12, '0');
