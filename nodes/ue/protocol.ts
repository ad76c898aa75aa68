import { z } from 'zod';
import { securities, servers, steps, suiteIds, throughs, transports } from '../../ladder';
import { rungFields } from '../../ladder/schema';

/**
 * What a UE and the lab say to each other: JSON-RPC 2.0, one JSON text a line, over the UE's stdin and stdout.
 * Any program that speaks it can stand in for the reference UE.
 *
 * Requests to the UE: `register`, `relay` (params {@link AttemptRequest}), `call`, `message`, `msrp`, `keepalive`,
 * `leave`, `arrive` (params {@link ServiceRequest}), all with an {@link AttemptReport} as result; `probe` (params
 * {@link ProbeRequest}, result `null`; an error when the deadline passes).
 * Requests to the other end, which is a UE too: `attend` (no params, result `null`: it has registered, answers calls,
 * messages and MSRP sessions, and goes on doing so), `invite` (params {@link InviteRequest}, result {@link InviteReport}),
 * `arrivals` (params {@link ArrivalsRequest}, result {@link Arrivals}).
 * Notifications to the UE: `abandon` (params {@link Abandon}).
 * Notifications from the UE: `ready` (its {@link Capabilities}, if it likes; sent once, when it can take requests), `flow` ({@link Flow}),
 * `identifier` ({@link Identifier}), `keylog` ({@link KeyLog}), `reachable` ({@link Reachable}: now it can be called),
 * `talking` ({@link Talking}).
 */

const endpoint = z.object({ ip: z.ipv4(), port: z.int().min(0).max(65535) });
export type Endpoint = z.infer<typeof endpoint>;

/** The user that registers. */
const subscriber = z.object({
  /** Home network domain, also the digest realm. */
  domain: z.string(),
  impi: z.string(),
  impu: z.string(),
  password: z.string(),
});
export type Subscriber = z.infer<typeof subscriber>;

/** How the UE is set up: the content of `ue.json` in its folder. */
export const ueConfig = z.object({
  /** The UE's own address on its access network. */
  address: z.ipv4(),
  /** Local ports are taken from here upwards, one per socket, so that every 5-tuple of a run is unique. */
  firstPort: z.int().default(32768),
  pcscf: z.object({
    /** FQDN that the certificate must carry (TS 33.203 Annex O). */
    name: z.string(),
    address: z.ipv4(),
    ports: z.object({ udp: z.int(), tls: z.int(), https: z.int() }),
  }),
  turn: z.object({
    name: z.string(),
    address: z.ipv4(),
    ports: z.object({ udp: z.int(), tcp: z.int(), tls: z.int(), http: z.int(), https: z.int() }),
    username: z.string(),
    password: z.string(),
  }),
  /** The explicit web proxy, where the access network has one. */
  proxy: z
    .object({
      address: z.ipv4(),
      port: z.int(),
      credentials: z.object({ username: z.string(), password: z.string() }).optional(),
    })
    .optional(),
  subscriber,
  /** Where the peer echoes UDP datagrams. */
  peer: endpoint,
  /** The peer's public user identity, whom the UE calls. */
  peerIdentity: z.string(),
  /** PEM of the run's CA, the only trust anchor. */
  trustAnchor: z.string(),
  /** When set, the program also echoes every UDP datagram that arrives at this port (it is then the peer). */
  echoPort: z.int().optional(),
});
export type UeConfig = z.infer<typeof ueConfig>;

export const attemptRequest = z.object({
  /** Unique in the run; names the attempt in every notification. */
  attempt: z.string(),
  ...rungFields,
  suite: z.enum(suiteIds),
});
export type AttemptRequest = z.infer<typeof attemptRequest>;

/**
 * What a phone can do, told with `ready`. What is left out is not limited; what is there is all. The lab does not ask for what
 * is not there, and what the phone answers with "method not found" is taken the same way: as unsupported, not as failed.
 */
export const capabilities = z.object({
  /** Methods whose result is an {@link AttemptReport}. */
  actions: z.array(z.string()).optional(),
  steps: z.array(z.literal(steps)).optional(),
  servers: z.array(z.enum(servers)).optional(),
  transports: z.array(z.enum(transports)).optional(),
  throughs: z.array(z.enum(throughs)).optional(),
  securities: z.array(z.enum(securities)).optional(),
  suites: z.array(z.enum(suiteIds)).optional(),
});
export type Capabilities = z.infer<typeof capabilities>;

/** The phone can take requests from now on. */
export const ready = z.object({ capabilities: capabilities.optional() });

/** A dialog as this end sees it (RFC 3261 12). */
const dialogId = z.object({ callId: z.string(), localTag: z.string(), remoteTag: z.string() });

/** A rung, and what to do once the UE has registered by it. */
export const serviceRequest = attemptRequest.extend({
  /** How long to talk in each call, milliseconds. */
  mediaMs: z.number().optional(),
  /** How much to send in each direction of an MSRP session, bytes. */
  bytes: z.int().optional(),
  /** After how long without a packet the firewall forgets a connection, milliseconds. */
  idleMs: z.number().optional(),
  /** How many of these times the connections are to outlive. */
  idleTimes: z.int().optional(),
  /** `arrive`: the dialog that the session is moved out of, as the end that left sees it. */
  replaces: dialogId.optional(),
  /** `arrive`: who registers, where that is not this UE's own subscriber. */
  subscriber: subscriber.optional(),
});
export type ServiceRequest = z.infer<typeof serviceRequest>;

/** The services of a UE. `leave` is a call that lasts until it is moved away, `arrive` takes such a call over. */
export const services = ['call', 'message', 'msrp', 'keepalive', 'leave', 'arrive'] as const;
export type Service = (typeof services)[number];

/** The UE has registered, can be called from now on, and waits so long for a call. */
export const reachable = z.object({ attempt: z.string(), withinMs: z.number() });
export type Reachable = z.infer<typeof reachable>;

/** A call of `leave` stands, and media flow in both directions. */
export const talking = z.object({ attempt: z.string(), dialog: dialogId });
export type Talking = z.infer<typeof talking>;

/** The other end is to call somebody. */
export const inviteRequest = z.object({
  to: z.string(),
  /** How long to let it ring, milliseconds. */
  answerWithinMs: z.number(),
});
export type InviteRequest = z.infer<typeof inviteRequest>;

/** How that call went, at the end that called. It lasts until the called end hangs up. */
export const inviteReport = z.object({
  answered: z.boolean(),
  /** Why not, or how the call failed. */
  failure: z.string().optional(),
});
export type InviteReport = z.infer<typeof inviteReport>;

export const arrivalsRequest = z.object({
  /** The other party's public user identity. */
  from: z.string(),
});
export type ArrivalsRequest = z.infer<typeof arrivalsRequest>;

/** When RTP arrived in the latest calls with somebody, the latest call last. Milliseconds since the Unix epoch. */
export const arrivals = z.object({
  calls: z.array(z.object({ first: z.number().optional(), last: z.number().optional() })),
});
export type Arrivals = z.infer<typeof arrivals>;

/**
 * What tells the ways of an attempt apart: a socket and where it sends to, as it stands in the header of its packets. One
 * UDP socket can have several.
 */
export const fiveTuple = z.object({ protocol: z.enum(['udp', 'tcp']), local: endpoint, remote: endpoint });
export type FiveTuple = z.infer<typeof fiveTuple>;

/** A way of an attempt, told before its first packet leaves. */
export const flow = z.object({
  attempt: z.string(),
  /** Milliseconds since the Unix epoch, fractional. */
  at: z.number(),
  ...fiveTuple.shape,
  /** The authority asked for with CONNECT where `remote` is the proxy, e.g. `pcscf.example:443`. */
  connect: z.string().optional(),
});
export type Flow = z.infer<typeof flow>;

/** Something by which a packet can be recognised after its addresses were rewritten. */
export const identifier = z.object({
  attempt: z.string(),
  /** Via branch and Call-ID: RFC 3261; transaction id, 24 hex digits: RFC 8489. */
  kind: z.enum(['sip-branch', 'sip-call-id', 'stun-transaction']),
  value: z.string(),
});
export type Identifier = z.infer<typeof identifier>;

/** One line of the NSS key log, so that the captures can be decrypted. */
export const keyLog = z.object({ attempt: z.string(), line: z.string() });
export type KeyLog = z.infer<typeof keyLog>;

/**
 * The lab has seen that nothing can come of this attempt any more: end it now; with `flow`, only that nothing can come of
 * this way of it: an attempt that has others goes on.
 */
export const abandon = z.object({
  attempt: z.string(),
  flow: fiveTuple.optional(),
});
export type Abandon = z.infer<typeof abandon>;

/** Is a server of the lab up? Tried until it answers or `withinMs` has passed. */
export const probeRequest = z.object({
  /** `sip-options`: OPTIONS over UDP is answered; `sip-register`: a REGISTER of an unknown user is answered, which only the registrar does; `turn-allocate`: an allocation over UDP succeeds; `tcp`: a connection opens. */
  kind: z.enum(['sip-options', 'sip-register', 'turn-allocate', 'tcp']),
  at: endpoint,
  withinMs: z.number(),
});
export type ProbeRequest = z.infer<typeof probeRequest>;

/** Stable codes for why an attempt ended without passing. */
export const failureCodes = [
  'TIMEOUT', // an RFC's timer ran out (which one: in the text)
  'CONNECTION_REFUSED',
  'CONNECTION_LOST', // reset or closed by the other side before the end
  'UNREACHABLE', // ICMP unreachable or no route
  'CERTIFICATE_UNTRUSTED',
  'CERTIFICATE_NAME',
  'TLS_FAILED',
  'PROXY_UNREACHABLE',
  'PROXY_AUTHENTICATION', // 407
  'PROXY_REFUSED', // 403
  'PROXY_BAD_GATEWAY', // 502, 503, 504
  'PROXY_PROTOCOL', // any other answer to CONNECT, or no HTTP
  'SIP_REFUSED', // a final response other than 2xx
  'SIP_PROTOCOL', // what came cannot be read as SIP, or breaks its rules
  'TURN_REFUSED', // a STUN error response
  'TURN_PROTOCOL', // what came is neither STUN nor ChannelData, or must be understood and is not
  'ECHO_WRONG', // data came back altered
  'NO_RELAY', // no way to the TURN server led to an allocation (each one's reason in the text)
  'ICE_FAILED', // no candidate pair works
  'NO_MEDIA', // the session stands, but nothing arrives
  'NOT_ACCEPTABLE', // a description holds nothing that this end can carry (488)
  'NO_ANSWER', // the other end rings and does not answer
  'HUNG_UP', // the other end ended the session too early
  'MSRP_FAILED', // an MSRP error response, a report of a failure, or what is no MSRP
  'CONTENT_WRONG', // a message came, but not the one that was sent
  'FLOW_LOST', // the connection or binding that keep-alives were to hold is gone
  'ABANDONED', // by `abandon`
  'NO_PROXY', // connect:443 asked for, none configured
  'UNSUPPORTED', // this UE cannot do that
  'INTERNAL',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What the peer's certificate said, where a TLS handshake came that far. */
export const peerCertificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  fingerprint256: z.string(),
  /** SHA-256 of the issuer's own certificate, where the presented chain or the trust anchor holds it. */
  issuerFingerprint256: z.string().optional(),
});

/** What the media of a call took, for the lab to count its bytes. Times as in `at`. */
export const mediaFlow = z.object({
  /** Which call of the attempt, e.g. `outgoing`: what its measurements' names begin with. */
  call: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  local: endpoint,
  /** When the INVITE was sent or came. */
  invitedAt: z.number(),
  /** When RTP arrived first and last. */
  from: z.number(),
  until: z.number(),
});
export type MediaFlow = z.infer<typeof mediaFlow>;

/** Something that was sent or received over a socket of the attempt, as the UE's clock has it; `at` as everywhere. */
const moment = z.object({
  at: z.number(),
  did: z.enum(['send', 'receive']),
  protocol: z.enum(['udp', 'tcp']),
  local: endpoint,
});
export type Moment = z.infer<typeof moment>;

/**
 * A time between two packets. The UE says when it wrote and when it read, which is before the one and after the other; the
 * lab takes the packets' own times from the capture.
 */
export const span = z.object({ name: z.string(), from: moment, until: moment });
export type Span = z.infer<typeof span>;

/** Something measured in an attempt. */
export const measurement = z.object({
  /** In kebab case, e.g. `time-to-media`. */
  name: z.string(),
  value: z.union([z.number(), z.string()]),
  /** SI or UCUM, e.g. `ms`, `%`, `By/s`; empty for what has none. */
  unit: z.string(),
});
export type Measurement = z.infer<typeof measurement>;

/** What the UE says of an attempt. It is a witness, not the judge: the verdict is made from the evidence. */
export const attemptReport = z.object({
  attempt: z.string(),
  startedAt: z.number(),
  durationMs: z.number(),
  end: z.enum(['passed', 'failed', 'abandoned', 'unsupported']),
  failure: z
    .object({
      code: z.enum(failureCodes),
      text: z.string(),
      /** Where several ways were tried: all that failed. A refusal of one of them explains nothing yet. */
      ways: z.array(fiveTuple).optional(),
    })
    .optional(),
  media: z.array(mediaFlow).optional(),
  /** As the UE's TLS stack tells it; the capture is asked too. */
  tls: z.object({ version: z.string(), suite: z.string(), peer: peerCertificate.optional() }).optional(),
  peerCertificate: peerCertificate.optional(),
  flows: z.array(flow),
  identifiers: z.array(identifier),
  measurements: z.array(measurement).optional(),
  /** Measured, too, each in milliseconds. */
  spans: z.array(span).optional(),
});
export type AttemptReport = z.infer<typeof attemptReport>;
