import { groupBy } from '../../../kit/group-by';
import type { MsrpRequest, MsrpResponse } from '../../../nodes/ue/msrp/msrp-framer';
import { oncePerRun, type Observed } from '../observed';
import { rule, type Topic } from '../rule';
import type { MsrpPacket } from '../sighting';

type RequestPacket = MsrpPacket & { readonly chunk: MsrpRequest };
type ResponsePacket = MsrpPacket & { readonly chunk: MsrpResponse };

const isRequest = (packet: MsrpPacket): packet is RequestPacket => packet.chunk.kind === 'request';
const isSend = ({ chunk }: MsrpPacket): boolean => chunk.kind === 'request' && chunk.method === 'SEND';

/** The framing of MSRP: RFC 4975. */
export const msrp: Topic = {
  title: 'MSRP',
  rules: [
    rule({
      id: 'msrp-paths-first',
      clause: 'RFC 4975 7.1',
      level: 'MUST',
      says: 'Each request and response begins with To-Path and From-Path.',
      of: 'msrp',
      breaks: ({ chunk }) => {
        const first = [...chunk.headers.keys()].slice(0, 2);
        return first[0] === 'to-path' && first[1] === 'from-path'
          ? undefined
          : `it begins with ${first.join(', ') || 'nothing'}`;
      },
    }),
    rule({
      id: 'msrp-message-id',
      clause: 'RFC 4975 7.1.1',
      level: 'MUST',
      says: 'A SEND has Message-ID.',
      of: 'msrp',
      about: isSend,
      breaks: ({ chunk }) => (chunk.headers.has('message-id') ? undefined : 'SEND without Message-ID'),
    }),
    rule({
      id: 'msrp-byte-range',
      clause: 'RFC 4975 7.1.1',
      level: 'SHOULD',
      says: 'A SEND with content has Byte-Range.',
      of: 'msrp',
      about: (packet) => isSend(packet) && (packet as RequestPacket).chunk.body !== undefined,
      breaks: ({ chunk }) => {
        const range = chunk.headers.get('byte-range');
        return /^\d+-(?:\d+|\*)\/(?:\d+|\*)$/.test(range ?? '') ? undefined : `SEND with Byte-Range ${range}`;
      },
    }),
    rule({
      id: 'msrp-chunk-as-long-as-told',
      clause: 'RFC 4975 7.1.1',
      level: 'MUST',
      says: 'A chunk whose Byte-Range tells its end has that many bytes.',
      of: 'msrp',
      about: (packet) => isSend(packet) && told(packet) !== undefined,
      breaks: (packet) => {
        const bytes = (packet as RequestPacket).chunk.body?.length ?? 0;
        return bytes === told(packet) ? undefined : `${bytes} bytes and not ${told(packet)}`;
      },
    }),
    rule({
      id: 'msrp-content-type',
      clause: 'RFC 4975 7.1.1',
      level: 'MUST',
      says: 'A SEND with content says its type.',
      of: 'msrp',
      about: (packet) => isSend(packet) && ((packet as RequestPacket).chunk.body?.length ?? 0) > 0,
      breaks: ({ chunk }) => (chunk.headers.has('content-type') ? undefined : 'SEND without Content-Type'),
    }),
    rule({
      id: 'msrp-transaction-once',
      clause: 'RFC 4975 7.1',
      level: 'MUST',
      says: 'A transaction id serves one request of a connection.',
      of: 'msrp',
      about: isRequest,
      breaks: (packet, seen) =>
        requestsOf(packet, seen).length === 1
          ? undefined
          : `${packet.chunk.transaction} comes more than once`,
    }),
    rule({
      id: 'msrp-answer',
      clause: 'RFC 4975 7.2',
      level: 'MUST',
      says: 'A response has the transaction id of its request, and goes to the nearest URI of where that came from.',
      of: 'msrp',
      about: ({ chunk }) => chunk.kind === 'response',
      breaks: (packet, seen) => {
        const { transaction, headers } = (packet as ResponsePacket).chunk;
        const [request] = requestsOf({ ...packet, isFromUe: !packet.isFromUe }, seen);
        if (request === undefined) return `a response to ${transaction}, which nobody sent`;
        const nearest = request.chunk.headers.get('from-path')?.split(' ')[0];
        const to = headers.get('to-path');
        return to === nearest ? undefined : `the response goes to ${to} and not to ${nearest}`;
      },
    }),
    rule({
      id: 'msrp-bound-by-send',
      clause: 'RFC 4975 5.4',
      level: 'MUST',
      says: 'What comes first on a connection is a SEND.',
      of: 'msrp',
      about: (packet, seen) => chunksOf(packet, seen)[0] === packet,
      breaks: (packet) => (isSend(packet) ? undefined : 'a connection that does not begin with SEND'),
    }),
  ],
};

/** Returns the bytes of a chunk by its Byte-Range; undefined if that leaves them open. */
function told({ chunk }: MsrpPacket): number | undefined {
  const range = /^(\d+)-(\d+)\//.exec(chunk.headers.get('byte-range') ?? '');
  // An interrupted chunk (RFC 4975 7.1.1) is shorter than it once was to be.
  if (range === null || (chunk.kind === 'request' && chunk.continuation === '#')) return undefined;
  return Number(range[2]) - Number(range[1]) + 1;
}

const connectionOf = ({ capture, stream }: MsrpPacket): string => `${capture} ${stream}`;
const transactionOf = (packet: MsrpPacket): string =>
  `${connectionOf(packet)} ${packet.isFromUe} ${packet.chunk.transaction}`;

const byConnection = oncePerRun((seen) => groupBy(seen.msrp, connectionOf));
const byTransaction = oncePerRun((seen) => groupBy(seen.msrp.filter(isRequest), transactionOf));

const chunksOf = (packet: MsrpPacket, seen: Observed): readonly MsrpPacket[] =>
  byConnection(seen).get(connectionOf(packet)) ?? [];

/** Returns the requests with a packet's transaction id in its direction of its connection. */
const requestsOf = (packet: MsrpPacket, seen: Observed): readonly RequestPacket[] =>
  byTransaction(seen).get(transactionOf(packet)) ?? [];
