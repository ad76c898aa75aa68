import type { Rung } from '../../../ladder';
import { showEndpoint } from '../../../kit/endpoint';
import { userOf } from '../../../kit/sip-fields';
import type { Endpoint, Subscriber } from '../../ue/protocol';
import { instanceOf, registrationSeconds } from '../../ue/sip/registration';

/** What the scenario of one attempt follows from. */
export interface ScenarioSetting {
  readonly subscriber: Subscriber;
  readonly rung: Pick<Rung, 'step' | 'transport'>;
  /** Where the phone says that it is. With a shim no packet comes from there, since the connection is the shim's. */
  readonly local: Endpoint;
  readonly pcscf: Endpoint;
  /** Milliseconds of SIP's timer T1. */
  readonly t1: number;
  /** The text of the message that it sends itself. */
  readonly toItself: string;
  /** The message that it sends somebody else, if it is to. It goes on when one has come back. */
  readonly toPeer?: { readonly peer: string; readonly text: string };
}

/** The requests of a scenario, by the beginning of their Call-ID. */
export type Exchange = 'registration' | 'itself' | 'peer';

/** SIPp takes what stands before this for no part of the Call-ID by which it knows its call, which can so have several. */
export const afterExchange = '///';

/** Writes a text so that SIPp puts it into a message as it is: it reads keywords in brackets, and XML ends at `]]>`. */
export const asItIs = (text: string): string =>
  text.replace(/[[\]\\]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);

/**
 * Returns the scenario, as SIPp's XML, that registers, shows that the network reaches the phone, does what it is to do, and
 * takes leave. It waits for what the network says without end; whoever runs it knows for how long.
 */
export function scenario(setting: ScenarioSetting): string {
  const { toItself, toPeer, subscriber, rung, t1 } = setting;
  // On a connection nothing is repeated (RFC 3261 17.1.2.2).
  const repeated = rung.transport === 'udp' ? ` retrans="${t1}"` : '';
  const itself = message('itself', subscriber.impu, toItself, setting);
  return document('nimsfw', [
    send(register(setting, { cseq: 1, expires: registrationSeconds }), repeated),
    received('response="401" auth="true"'),
    send(register(setting, { cseq: 2, expires: registrationSeconds, isAuthorised: true }), repeated),
    received('response="200"', ereg('Service-Route:', 'route')),
    // SIPp sends nothing, not even an answer, while it repeats a request that has none yet. It does not know that it
    // repeats this one, whose answer is its own.
    '<label id="itself"/>',
    send(itself),
    received(`request="MESSAGE"${rung.transport === 'udp' ? ` timeout="${t1}" ontimeout="itself"` : ''}`),
    send(answer),
    received('response="200"'),
    ...(toPeer
      ? [
          send(message('peer', toPeer.peer, toPeer.text, setting), repeated),
          received('response="200"'),
          '<label id="waiting"/>',
          '<nop condexec="back" next="leaving"/>',
          `<pause milliseconds="${againAfterMs}" next="waiting"/>`,
          '<label id="leaving"/>',
        ]
      : []),
    send(register(setting, { cseq: 3, expires: 0, isAuthorised: true }), repeated),
    received('response="200"'),
  ]);
}

/** The scenario for a request that belongs to none of SIPp's calls: the message that comes back. */
export const outOfCall = (): string =>
  document('nimsfw out of call', [
    '<recv request="MESSAGE"><action><assignstr assign_to="back" value="yes"/></action></recv>',
    send(answer),
  ]);

/** Milliseconds after which it looks again whether the message has come back. */
const againAfterMs = 20;

/** The variable is shared by both scenarios. SIPp refuses one that nothing refers to. */
const document = (name: string, elements: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="${name}">
<Global variables="back"/>
${elements.join('\n')}
<Reference variables="back"/>
</scenario>
`;

const send = (lines: readonly string[], attributes = ''): string =>
  `<send${attributes}><![CDATA[\n${lines.join('\n')}]]></send>`;

const received = (attributes: string, action = ''): string =>
  `<recv response="100" optional="true"/>\n<recv ${attributes}>${action}</recv>`;

const ereg = (header: string, variable: string): string =>
  `<action><ereg regexp=".*" search_in="hdr" header="${header}" assign_to="${variable}"/></action>`;

/** A request without its body. */
function request(
  exchange: Exchange,
  method: string,
  uri: string,
  to: string,
  cseq: number,
  { subscriber, rung, local }: ScenarioSetting,
): string[] {
  const via = `${rung.transport.toUpperCase()} ${showEndpoint(local)}`;
  return [
    `${method} ${asItIs(uri)} SIP/2.0`,
    `Via: SIP/2.0/${via};branch=[branch];rport`,
    'Max-Forwards: 70',
    `From: <${asItIs(subscriber.impu)}>;tag=${exchange}[pid]`,
    `To: <${asItIs(to)}>`,
    `Call-ID: ${exchange}${afterExchange}[call_id]`,
    `CSeq: ${cseq} ${method}`,
  ];
}

interface Registering {
  readonly cseq: number;
  readonly expires: number;
  /** Says whether it answers the challenge. */
  readonly isAuthorised?: boolean;
}

function register(setting: ScenarioSetting, { cseq, expires, isAuthorised = false }: Registering): string[] {
  const { subscriber, rung, local } = setting;
  const { domain, impi, impu, password } = subscriber;
  const contact = `sip:${userOf(impu) ?? ''}@${showEndpoint(local)};transport=${rung.transport}`;
  // Step 1 is without any NAT traversal, so it asks for no flow (RFC 5626).
  const flow = rung.step === 1 ? '' : `;+sip.instance="<urn:uuid:${instanceOf(impi)}>";reg-id=1`;
  return [
    ...request('registration', 'REGISTER', `sip:${domain}`, impu, cseq, setting),
    `Contact: <${asItIs(contact)}>${flow}`,
    `Supported: path${rung.step === 1 ? '' : ', outbound'}`,
    `Expires: ${expires}`,
    // TS 24.229 5.1.1.2.1: only where nobody else can read it.
    ...(rung.transport === 'tls' ? [networkInfo] : []),
    ...(isAuthorised ? [`[authentication username=${impi} password=${password}]`] : []),
    'Content-Length: 0',
    '',
    '',
  ];
}

const message = (exchange: Exchange, to: string, text: string, setting: ScenarioSetting): string[] => [
  ...request(exchange, 'MESSAGE', to, to, 1, setting),
  // TS 24.229 5.1.2A.1.1: the P-CSCF, and then the Service-Route.
  `Route: <sip:${showEndpoint(setting.pcscf)};transport=${setting.rung.transport};lr>,[$route]`,
  networkInfo,
  'Content-Type: text/plain',
  'Content-Length: [len]',
  '',
  asItIs(text),
];

const answer = [
  'SIP/2.0 200 OK',
  '[last_Via:]',
  '[last_From:]',
  '[last_To:];tag=[pid]',
  '[last_Call-ID:]',
  '[last_CSeq:]',
  'Content-Length: 0',
  '',
  '',
];

const networkInfo = 'P-Access-Network-Info: IEEE-802.3';
