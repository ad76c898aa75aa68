import { showEndpoint } from '../../kit/endpoint';
import { duration, plural } from '../../kit/words';
import { parseCertificate } from '../evidence/kinds/proxy-resigned';
import { TcpReassembler, type TcpConnection } from '../evidence/tcp-streams';
import type { TlsKeyLog } from '../evidence/tls-key-log';
import { readTls, type TlsFacts } from '../evidence/tls-records';
import type { Step } from '../../ladder';
import { streamMessages, type StreamMessage } from '../sequence/stream-messages';
import { StunNames } from '../sequence/stun-message';
import type { EspSeen } from './esp-seen';
import { sentWords, type Outcome } from './exchange';
import type { SeenPacket } from './read-capture';
import { TcpSignals, type Signals } from './tcp-signals';
import type { Try } from './try';

/** Ports whose connections belong to the ladder, whatever is in them. */
const ladderPorts: ReadonlySet<number> = new Set([5060, 5061, 443, 3478, 5349]);

/** Returns what a UE tried over TCP: SIP and TURN, in TLS or not, direct or by CONNECT. */
export function tcpTries(packets: readonly SeenPacket[], ue: string, keys: TlsKeyLog, esp: EspSeen): Try[] {
  const reassembler = new TcpReassembler();
  for (const { packet, at, frame } of packets)
    if (packet.protocol === 'tcp' && (packet.src === ue || packet.dst === ue))
      reassembler.add(packet, at, frame);
  const stun = new StunNames();
  const signals = new TcpSignals(packets);
  return reassembler
    .all()
    .filter(({ client }) => client.ip === ue)
    .flatMap((connection) => {
      const messages = streamMessages(connection, keys, stun);
      const isKnown = messages.some(({ message: { protocol } }) =>
        ['sip', 'turn', 'connect'].includes(protocol),
      );
      return isKnown || ladderPorts.has(connection.server.port)
        ? [tryOf(connection, messages, signals.of(connection), esp)]
        : [];
    });
}

function tryOf(
  connection: TcpConnection,
  messages: readonly StreamMessage[],
  signals: Signals,
  esp: EspSeen,
): Try {
  const { client, server, openedAt } = connection;
  const tls = readTls(connection);
  const said = messages.map(({ from, at, message }) => ({
    from: from === 'client' ? ('ue' as const) : ('server' as const),
    at,
    message,
  }));
  const inside = esp.sipOf(said, { local: client, remote: server });
  const isTurn = said.some(({ message }) => message.protocol === 'turn');
  const isInTls = tls.records.length > 0 || [443, 5061, 5349].includes(server.port);
  const connect = tls.connects.at(-1);
  const opening = openingOf(connection, signals);
  const tunnel = connect ? tunnelOf(tls) : undefined;
  const handshake =
    tls.clientBytes > 0 && tls.records.length > 0 ? handshakeOf(messages, tls, connection) : undefined;
  const { step, rung } = rungOf(server.port, isInTls, isTurn, connect?.target);
  const parts = [opening, tunnel, handshake, inside].filter((one) => one !== undefined);
  return {
    at: openedAt,
    frame: signals.frame,
    way: { protocol: 'tcp', local: client, remote: server },
    ...(connect && { connect: connect.target }),
    step: inside.step ?? step,
    rung: `${rung}${inside.then}`,
    espSpis: inside.espSpis,
    events: [...parts.flatMap(({ events }) => events), ...endingOf(connection, signals)],
    isThrough: inside.isThrough,
    isSealed: inside.events.length === 0 && tls.handshakeEnded && tls.clientSpoke,
    isSilent:
      parts.some(({ isSilent }) => isSilent) || (signals.unacknowledged.length > 1 && !inside.isThrough),
    unknown: [
      ...parts.flatMap(({ unknown }) => unknown),
      ...(connection.fromClient.incomplete || connection.fromServer.incomplete
        ? [`what the packets of ${showEndpoint(client)} had that the capture has lost`]
        : []),
    ],
  };
}

const nothing: Outcome = { events: [], isThrough: false, isSilent: false, unknown: [] };

function openingOf(
  { synSeen, answered, server, openedAt }: TcpConnection,
  { syns, ends, icmp }: Signals,
): Outcome {
  if (!synSeen) return { ...nothing, events: ['the capture begins in the middle of the connection'] };
  if (answered) return { ...nothing, events: ['the TCP connection was opened'] };
  const reset = ends.find(({ from, what }) => from === 'server' && what === 'reset');
  if (reset)
    return {
      ...nothing,
      events: [
        `the SYN was answered with a reset from ${showEndpoint(server)} ${duration(reset.at - openedAt)} later`,
      ],
      unknown: [whoReset],
    };
  if (icmp.length > 0) return { ...nothing, events: [`the SYN was answered with ${icmp[0]}`] };
  return { ...nothing, events: [`no answer came to the SYN, sent ${sentWords(syns)}`], isSilent: true };
}

const whoReset =
  "whether the server or something on the way sent the reset: a firewall's reset bears the server's address";

function tunnelOf({ connects }: TlsFacts): Outcome {
  const { target, status } = connects.at(-1)!;
  if (status === undefined)
    return { ...nothing, events: [`no answer came from the proxy to CONNECT ${target}`], isSilent: true };
  const isOpen = status >= 200 && status < 300;
  return {
    ...nothing,
    events: [`the proxy ${isOpen ? 'granted' : 'refused'} CONNECT ${target} with ${status}`],
  };
}

function handshakeOf(
  messages: readonly StreamMessage[],
  tls: TlsFacts,
  { openedAt }: TcpConnection,
): Outcome {
  const alert = messages.find(
    ({ message }) => message.protocol === 'tls' && /^alert (?!close_notify)/.test(message.label),
  );
  const by = alert?.from === 'client' ? 'the UE' : 'the other end';
  const alerts = alert ? [`${by} ended it with the TLS ${alert.message.label}`] : [];
  if (tls.handshakeEnded) {
    const finished = messages.findLast(({ message }) => /ChangeCipherSpec|Finished/.test(message.label));
    const after = finished ? ` ${duration(finished.at - openedAt)} after the connection began` : '';
    const suite = `${tls.version ?? 'TLS'} with ${tls.suite ?? 'an unknown suite'}`;
    const silent = tls.clientSpoke ? [] : ['the UE sent nothing in it'];
    return {
      ...nothing,
      events: [`the TLS handshake ended${after}: ${suite}`, ...certificateWords(tls), ...alerts, ...silent],
    };
  }
  if (tls.version !== undefined)
    return {
      ...nothing,
      events: [
        `the server chose ${tls.version} with ${tls.suite ?? 'an unknown suite'}, and the handshake did not end`,
        ...alerts,
      ],
      isSilent: !alert,
    };
  if (alert) return { ...nothing, events: alerts };
  return { ...nothing, events: ['no answer came to the ClientHello'], isSilent: true };
}

/** Says which certificate the other end showed, as far as it was in the clear. */
function certificateWords({ certificate, clientSpoke }: TlsFacts): string[] {
  // Who goes on has accepted it.
  if (!certificate || clientSpoke) return [];
  const facts = parseCertificate(certificate);
  if (!facts) return ['what was shown as a certificate is none'];
  const name = (text: string): string => text.replaceAll('\n', ', ');
  return [`the certificate shown was that of "${name(facts.subject)}", issued by "${name(facts.issuer)}"`];
}

function endingOf({ answered, openedAt }: TcpConnection, { ends, unacknowledged, icmp }: Signals): string[] {
  if (!answered) return [];
  const lost =
    unacknowledged.length > 1
      ? [`the last bytes of the UE, sent ${sentWords(unacknowledged)}, were never acknowledged`]
      : [];
  const errors =
    icmp.length > 0 ? [`${plural(icmp.length, 'ICMP error')} came back, the first was ${icmp[0]}`] : [];
  const [end] = ends;
  if (!end) return [...lost, ...errors];
  const who = end.from === 'ue' ? 'the UE' : 'the other end';
  return [
    ...lost,
    ...errors,
    `${who} ${end.what === 'reset' ? 'reset' : 'closed'} it ${duration(end.at - openedAt)} after it began`,
  ];
}

function rungOf(
  port: number,
  isInTls: boolean,
  isTurn: boolean,
  target: string | undefined,
): { readonly step: Step | undefined; readonly rung: string } {
  const at = target === undefined ? port : Number(/:(\d+)$/.exec(target)?.[1] ?? 443);
  const transport = isInTls || target !== undefined ? 'TLS' : 'TCP';
  const rung = `${isTurn ? 'TURN, ' : ''}${transport} ${at}${target === undefined ? '' : ' by CONNECT'}`;
  if (at === 443 || (isTurn && at === 80)) return { step: 3, rung };
  const isStep2 = (transport === 'TLS' && at === 5061) || at === 5349 || at === 3478;
  return { step: isStep2 ? 2 : undefined, rung };
}
