import { z } from 'zod';
import { securities, servers, steps, suiteIds, throughs, transports } from '../../ladder';
import { rungFields } from '../../ladder/schema';
import { codecNames } from './media/codecs';
import { timerSets } from './timers';

/**
 * The protocol between a UE and the lab: JSON-RPC 2.0, one JSON text a line, over the UE's stdin and stdout.
 * Any program that speaks it can take the place of the reference UE.
 *
 * Requests to the UE: `register`, `relay` (params {@link AttemptRequest}), `call`, `message`, `msrp`, `keepalive`,
 * `leave`, `arrive` (params {@link ServiceRequest}), all with an {@link AttemptReport} as result; `probe` (params
 * {@link ProbeRequest}, result `null`; an error when the deadline passes). Requests to the other end, which is a UE
 * too: `attend` (no params, result `null`: it has registered, and from now on answers calls, messages and MSRP
 * sessions), `invite` (params {@link InviteRequest}, result {@link InviteReport}), `arrivals` (params
 * {@link ArrivalsRequest}, result {@link Arrivals}). Notifications to the UE: `abandon` (params {@link Abandon}).
 * Notifications from the UE: `ready` (optionally with its {@link Capabilities}; sent once, when it can take
 * requests), `flow` ({@link Flow}), `identifier` ({@link Identifier}), `keylog` ({@link KeyLog}), `esp-sa` ({@link EspSa}), `reachable`
 * ({@link Reachable}: it can be called now), `talking` ({@link Talking}).
 */

const endpoint = z.object({ ip: z.ipv4(), port: z.int().min(0).max(65535) });
export type Endpoint = z.infer<typeof endpoint>;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

/** The secrets of a USIM (TS 33.102 6.3, TS 35.206), in hexadecimal. */
export const card = z.object({ k: hex(16), opc: hex(16), amf: hex(2) });
export type CardText = z.infer<typeof card>;

/** The user that registers. */
const subscriber = z.object({
  /** Home network domain, also the digest realm. */
  domain: z.string(),
  impi: z.string(),
  impu: z.string(),
  /** For SIP Digest. */
  password: z.string(),
  /** For IMS AKA; without one the subscriber has no USIM. */
  card: card.optional(),
});
export type Subscriber = z.infer<typeof subscriber>;

/** The configuration of a UE: the content of `ue.json` in its folder. */
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
  /** The explicit web proxy, if the access network has one. */
  proxy: z
    .object({
      address: z.ipv4(),
      port: z.int(),
      credentials: z.object({ username: z.string(), password: z.string() }).optional(),
    })
    .optional(),
  subscriber,
  /**
   * The DNS server to ask for the address of a server that is reached directly, as any phone does; without one the UE
   * takes the addresses that it is given here.
   */
  resolver: endpoint.optional(),
  /** The endpoint at which the peer echoes UDP datagrams. */
  peer: endpoint,
  /** The public user identity of the peer, which the UE calls. */
  peerIdentity: z.string(),
  /** The timers of SIP: those of RFC 3261, or those of TS 24.229 table 7.7.1 (`nodes/ue/timers.ts`); `rfc` if missing. */
  timers: z.enum(timerSets).optional(),
  /** The static STI of the home network (TS 23.237), to which a UE sends what is to transfer a session. */
  staticSti: z.string().optional(),
  /** PEM of the run's CA, the only trust anchor. */
  trustAnchor: z.string(),
  /** Path of the socket of the program that makes IPsec security associations (`nodes/ipsec`); without it the UE cannot do AKA. */
  ipsec: z.string().optional(),
  /** If set, the UE is the peer and also echoes every UDP datagram that arrives at this port. */
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
 * The capabilities of a phone, sent with `ready`. A list that is left out sets no limit; a list that is there is
 * complete. The lab does not ask for what is not in it, nor for `wss` or `aka` unless that is in the list. If the phone answers "method not found", the lab takes that
 * in the same way: as unsupported, not as failed.
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
  /**
   * `told`, the default: it tells each `flow` and `identifier` before the packet leaves. `observed`: it keeps them to
   * itself, so the lab looks for them in the packets of the phone's address, and has it make one attempt at a time.
   */
  sockets: z.enum(['told', 'observed']).optional(),
});
export type Capabilities = z.infer<typeof capabilities>;

/** Parameters of `ready`: the phone can take requests from now on. */
export const ready = z.object({ capabilities: capabilities.optional() });

/** A dialog as this end sees it (RFC 3261 12). */
const dialogId = z.object({ callId: z.string(), localTag: z.string(), remoteTag: z.string() });

/**
 * A session of the UE that is to be transferred to another access network (TS 24.237 10.2): its source access leg, as
 * the phone that left sees it.
 */
export const transfer = dialogId.extend({
  /** The header field that names the source access leg: RFC 3891 or RFC 4538. */
  by: z.enum(['replaces', 'target-dialog']),
  /** The dynamic STI of the session; without it the INVITE goes to the static one. */
  sti: z.string().optional(),
});
export type Transfer = z.infer<typeof transfer>;

/** A rung, and the parameters of the service to do once the UE has registered by it. */
export const serviceRequest = attemptRequest.extend({
  /** Milliseconds to talk in each call. */
  mediaMs: z.number().optional(),
  /** Bytes to send in each direction of an MSRP session. */
  bytes: z.int().optional(),
  /** Milliseconds without a packet after which the firewall forgets a connection. */
  idleMs: z.number().optional(),
  /** Number of these time-outs that the connections have to outlive. */
  idleTimes: z.int().optional(),
  /** For `arrive`: the session that is to be transferred. */
  transfers: transfer.optional(),
  /** The subscriber that registers, if it is not the UE's own. */
  subscriber: subscriber.optional(),
});
export type ServiceRequest = z.infer<typeof serviceRequest>;

/** The services of a UE. `leave` is a call that lasts until it is moved away, `arrive` takes such a call over. */
export const services = ['call', 'message', 'msrp', 'keepalive', 'leave', 'arrive'] as const;
export type Service = (typeof services)[number];

/**
 * An action that no phone has. A phone of somebody else's is asked for it, to see whether it tells what it cannot do
 * (`harness/run/prove-phone.ts`).
 */
export const nonsense = 'nonsense';

/** The UE has registered and can be called from now on. It waits `withinMs` milliseconds for a call. */
export const reachable = z.object({ attempt: z.string(), withinMs: z.number() });
export type Reachable = z.infer<typeof reachable>;

/** A call of `leave` is established, and its media flow in both directions. */
export const talking = z.object({
  attempt: z.string(),
  dialog: dialogId,
  /** The other end's URI in the dialog: behind an SCC AS it is the dynamic STI of the session. */
  remoteTarget: z.string().optional(),
});
export type Talking = z.infer<typeof talking>;

/** A request to the other end to call somebody. */
export const inviteRequest = z.object({
  to: z.string(),
  /** Milliseconds to let it ring. */
  answerWithinMs: z.number(),
});
export type InviteRequest = z.infer<typeof inviteRequest>;

/** The outcome of that call at the end that called. The call lasts until the called end hangs up. */
export const inviteReport = z.object({
  answered: z.boolean(),
  /** Why it was not answered, or how the call failed later. */
  failure: z.string().optional(),
});
export type InviteReport = z.infer<typeof inviteReport>;

export const arrivalsRequest = z.object({
  /** The other party's public user identity. */
  from: z.string(),
});
export type ArrivalsRequest = z.infer<typeof arrivalsRequest>;

/**
 * Times at which RTP arrived in the latest calls with somebody, in milliseconds since the Unix
 * epoch. The latest call is last.
 */
export const arrivals = z.object({
  calls: z.array(z.object({ first: z.number().optional(), last: z.number().optional() })),
});
export type Arrivals = z.infer<typeof arrivals>;

/** The IP protocols of the ways of attempts. */
export const wayProtocols = ['udp', 'tcp', 'esp'] as const;
export type WayProtocol = (typeof wayProtocols)[number];

/**
 * The key of a way of an attempt: a socket and the endpoint that it sends to, as in the headers of its packets. One
 * UDP socket can have several ways. ESP has no ports: they are 0, and which security association a packet is of says its SPI.
 */
export const fiveTuple = z.object({
  protocol: z.enum(wayProtocols),
  local: endpoint,
  remote: endpoint,
});
export type FiveTuple = z.infer<typeof fiveTuple>;

/** A way of an attempt, announced before its first packet leaves. */
export const flow = z.object({
  attempt: z.string(),
  /** Milliseconds since the Unix epoch, fractional. */
  at: z.number(),
  ...fiveTuple.shape,
  /** If `remote` is the proxy: the authority that CONNECT asks for, e.g. `pcscf.example:443`. */
  connect: z.string().optional(),
});
export type Flow = z.infer<typeof flow>;

/** The form of an SPI. It becomes part of filters and commands. */
export const espSpi = /^[0-9a-f]{8}$/;

/** An identifier by which a packet can be recognised after its addresses were rewritten. */
export const identifier = z
  .object({
    attempt: z.string(),
    /**
     * Via branch and Call-ID are those of RFC 3261; the transaction id of RFC 8489 is written as 24 hex digits, and the SPI of
     * ESP (RFC 4303 2.1), of packets in either direction, as 8.
     */
    kind: z.enum(['sip-branch', 'sip-call-id', 'stun-transaction', 'esp-spi']),
    value: z.string(),
  })
  .refine(({ kind, value }) => kind !== 'esp-spi' || espSpi.test(value), {
    path: ['value'],
    message: 'an SPI has 8 hexadecimal digits',
  });
export type Identifier = z.infer<typeof identifier>;

/** One line of the NSS key log, so that the captures can be decrypted. */
export const keyLog = z.object({ attempt: z.string(), line: z.string() });
export type KeyLog = z.infer<typeof keyLog>;

/** One line of Wireshark's table `esp_sa`: the keys of a security association, so that its packets can be decrypted. */
export const espSa = z.object({ attempt: z.string(), line: z.string() });
export type EspSa = z.infer<typeof espSa>;

/**
 * The lab has seen that this attempt cannot succeed any more, so the UE has to end it now. With `flow` only that
 * way cannot succeed any more, and an attempt that has other ways goes on.
 */
export const abandon = z.object({
  attempt: z.string(),
  flow: fiveTuple.optional(),
});
export type Abandon = z.infer<typeof abandon>;

/** A question whether a server of the lab is up. It is repeated until the server answers or `withinMs` has passed. */
export const probeRequest = z.object({
  /**
   * `sip-options`: OPTIONS over UDP is answered. `sip-register`: a REGISTER of an unknown user is answered, which
   * only the registrar does; it asks no other node for that. `turn-allocate`: an allocation over UDP succeeds. `tcp`: a connection opens.
   */
  kind: z.enum(['sip-options', 'sip-register', 'turn-allocate', 'tcp']),
  at: endpoint,
  withinMs: z.number(),
});
export type ProbeRequest = z.infer<typeof probeRequest>;

/** Stable codes for why an attempt ended without passing. */
export const failureCodes = [
  'TIMEOUT', // an RFC's timer ran out; the text says which one
  'CONNECTION_REFUSED',
  'CONNECTION_LOST', // reset or closed by the other side before the end
  'UNREACHABLE', // ICMP unreachable or no route
  'CERTIFICATE_UNTRUSTED',
  'CERTIFICATE_NAME',
  'SUITE_NOT_AGREED',
  'TLS_FAILED',
  'PROXY_UNREACHABLE',
  'PROXY_AUTHENTICATION', // 407
  'PROXY_REFUSED', // 403
  'PROXY_BAD_GATEWAY', // 5xx
  'PROXY_PROTOCOL', // any other answer to CONNECT, or no HTTP
  'SIP_REFUSED', // a final response other than 2xx
  'SIP_PROTOCOL', // a message cannot be read as SIP, or breaks its rules
  'NETWORK_UNTRUSTED', // the network did not prove that it knows the subscriber's password or key
  'SECURITY_NOT_AGREED', // no security agreement (RFC 3329), or its security associations cannot be made
  'TURN_REFUSED', // a STUN error response
  'TURN_PROTOCOL', // a message is neither STUN nor ChannelData, or holds an unknown attribute that must be understood
  'ECHO_WRONG', // data came back altered
  'NO_RELAY', // no way to the TURN server led to an allocation; the text has the reason of each
  'ICE_FAILED', // no candidate pair works
  'NO_MEDIA', // the session is established, but nothing arrives
  'NOT_ACCEPTABLE', // a description holds nothing that this end can carry (488)
  'NO_ANSWER', // the other end rings and does not answer
  'HUNG_UP', // the other end ended the session too early
  'MSRP_FAILED', // an MSRP error response, a report of a failure, or bytes that are no MSRP
  'CONTENT_WRONG', // a message came, but not the one that was sent
  'FLOW_LOST', // the connection or binding that keep-alives should hold is lost
  'ABANDONED', // by `abandon`
  'NO_PROXY', // connect:443 asked for, none configured
  'UNSUPPORTED', // this UE cannot do that
  'UNTOLD', // the phone says that it failed, and not why
  'INTERNAL',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** The certificate of the server, if a TLS handshake came that far. */
export const peerCertificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  fingerprint256: z.string(),
  /** SHA-256 of the issuer's own certificate, if the presented chain or the trust anchor holds it. */
  issuerFingerprint256: z.string().optional(),
});

/** The socket and the times of a call's media, by which the lab counts their bytes. Times are like `at` of a flow. */
export const mediaFlow = z.object({
  /** Name of the call in the attempt, e.g. `outgoing`; the names of its measurements begin with it. */
  call: z.string(),
  /** What was spoken; AMR-WB is a payload of that codec's size at 12.65 kbit/s. Overhead is measured by it. */
  codec: z.enum(codecNames).optional(),
  protocol: z.enum(wayProtocols),
  local: endpoint,
  /** Time at which the INVITE was sent or came. */
  invitedAt: z.number(),
  /** Time at which the first RTP arrived; `until` is that of the last. */
  from: z.number(),
  until: z.number(),
});
export type MediaFlow = z.infer<typeof mediaFlow>;

/**
 * The moment, by the UE's clock, at which it sent or received something over a socket of the
 * attempt; `at` is like a flow's.
 */
const moment = z.object({
  at: z.number(),
  did: z.enum(['send', 'receive']),
  protocol: z.enum(wayProtocols),
  local: endpoint,
});
export type Moment = z.infer<typeof moment>;

/**
 * A time span between two packets. The UE knows only when it wrote, which is before the packet left, and when it
 * read, which is after the packet came. The lab takes the times of the packets themselves from the capture.
 */
export const span = z.object({ name: z.string(), from: moment, until: moment });
export type Span = z.infer<typeof span>;

/**
 * The programs beside a phone that do for it what it cannot do itself, in the phone's own namespace. `connect`: asks the
 * web proxy for the tunnel. `tls`: puts the phone's TCP into TLS. (The CR leaves open where CONNECT is implemented.)
 */
export const shims = ['connect', 'tls'] as const;
export type Shim = (typeof shims)[number];

/** A measurement of an attempt. */
export const measurement = z.object({
  /** In kebab case, e.g. `time-to-media`. */
  name: z.string(),
  value: z.union([z.number(), z.string()]),
  /** Unit of SI or UCUM, e.g. `ms`, `%`, `By/s`; empty if the value has none. */
  unit: z.string(),
});
export type Measurement = z.infer<typeof measurement>;

/** The UE's report of an attempt. The UE is a witness, not the judge: the verdict is made from the evidence. */
export const attemptReport = z.object({
  attempt: z.string(),
  startedAt: z.number(),
  durationMs: z.number(),
  end: z.enum(['passed', 'failed', 'abandoned', 'unsupported']),
  failure: z
    .object({
      code: z.enum(failureCodes),
      text: z.string(),
      /** If several ways were tried: all that failed. The refusal of only one of them does not explain the failure. */
      ways: z.array(fiveTuple).optional(),
    })
    .optional(),
  media: z.array(mediaFlow).optional(),
  /** The agreed version and suite, as the UE's TLS stack tells them; the lab also reads them from the capture. */
  tls: z.object({ version: z.string(), suite: z.string(), peer: peerCertificate.optional() }).optional(),
  peerCertificate: peerCertificate.optional(),
  flows: z.array(flow),
  identifiers: z.array(identifier),
  /** The shims without which the phone could not have made the attempt. */
  shims: z.array(z.enum(shims)).optional(),
  measurements: z.array(measurement).optional(),
  /** Spans that the lab measures, each in milliseconds. */
  spans: z.array(span).optional(),
});
export type AttemptReport = z.infer<typeof attemptReport>;
