import fc from 'fast-check';
import { read, requests, verdict, type Answer, type QueuedPacket } from './netfilter-queue';

/** Bytes by hand, from linux/netlink.h, linux/netfilter/nfnetlink.h and nfnetlink_queue.h. */

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const all = (bytes: Buffer): (QueuedPacket | Answer)[] => [...read(bytes)];

test('a queue is asked for, whole packets, a length, and segments as they are', () => {
  // nlmsghdr: length, type 3 << 8 | 2, REQUEST | ACK, sequence, port; nfgenmsg: family,
  // version, queue in network order.
  const header = (length: string): string => `${length}000000 0203 0500 00000000 00000000 00 00 0107`;
  expect(requests(0x107, { mostWaiting: 8192 })).toEqual([
    // NFQA_CFG_CMD: NFQNL_CFG_CMD_BIND, padding, protocol family.
    hex(`${header('1c')} 0800 0100 01 00 0000`),
    // NFQA_CFG_PARAMS: copy range 65535, NFQNL_COPY_PACKET, padded to four.
    hex(`${header('20')} 0900 0200 0000ffff 02 000000`),
    // NFQA_CFG_QUEUE_MAXLEN
    hex(`${header('1c')} 0800 0300 00002000`),
    // NFQA_CFG_MASK and NFQA_CFG_FLAGS: NFQA_CFG_F_GSO.
    hex(`${header('24')} 0800 0400 00000004 0800 0500 00000004`),
  ]);
});

test('a verdict accepts, and marks where there is something to say', () => {
  // type 3 << 8 | 1, REQUEST; NFQA_VERDICT_HDR: NF_ACCEPT and the packet's id; NFQA_MARK.
  const header = (length: string): string => `${length}000000 0103 0100 00000000 00000000 00 00 0000`;
  expect(verdict(0, 0xfedcba98, undefined)).toEqual(hex(`${header('20')} 0c00 0200 00000001 fedcba98`));
  expect(verdict(0, 7, 0x4431)).toEqual(
    hex(`${header('28')} 0c00 0200 00000001 00000007 0800 0300 00004431`),
  );
});

/** A netlink message, padded. */
function message(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 3)]);
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
}

const packetType = 0x0300;
const nfgenmsg = hex('02 00 0000');
const idOf = (id: number): Buffer => {
  const bytes = Buffer.alloc(7);
  bytes.writeUInt32BE(id);
  return attribute(1, bytes);
};
const packet = (id: number, payload: Buffer, others: readonly Buffer[] = []): Buffer =>
  message(packetType, Buffer.concat([nfgenmsg, idOf(id), ...others, attribute(10, payload)]));
const error = (errno: number): Buffer => {
  const body = Buffer.alloc(20);
  body.writeInt32LE(-errno);
  return message(2, body);
};

const payloads = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes));

test('packets and answers are read, however many the kernel sends at once and whatever else it says of them', () => {
  // Interfaces, the mark, the hardware address, conntrack (nested, so with the bit 0x8000): neither id nor payload.
  const other = fc
    .tuple(fc.constantFrom(3, 4, 5, 7, 8, 9, 0x800b, 12, 14), payloads)
    .map(([type, value]) => attribute(type, value));
  const one = fc.oneof(
    fc.record({
      kind: fc.constant('packet' as const),
      id: fc.nat(2 ** 32 - 1),
      bytes: payloads,
      others: fc.array(other, { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('answer' as const), errno: fc.nat(133) }),
    // NLMSG_NOOP, NLMSG_DONE, and messages of another subsystem.
    fc.record({ kind: fc.constant('else' as const), type: fc.constantFrom(1, 3, 0x0400), bytes: payloads }),
  );
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), (several) => {
      const bytes = several.map((each) =>
        each.kind === 'packet'
          ? packet(each.id, each.bytes, each.others)
          : each.kind === 'answer'
            ? error(each.errno)
            : message(each.type, each.bytes),
      );
      const told = several.flatMap((each): (QueuedPacket | Answer)[] =>
        each.kind === 'packet'
          ? [{ kind: each.kind, id: each.id, bytes: each.bytes }]
          : each.kind === 'answer'
            ? [{ kind: each.kind, errno: each.errno }]
            : [],
      );
      expect(all(Buffer.concat(bytes))).toEqual(told);
    }),
  );
});

test('a message that is cut off, or longer than what came, is left out', () => {
  const whole = packet(1, hex('45000014'));
  for (let length = 0; length < whole.length; length++) expect(all(whole.subarray(0, length))).toEqual([]);
  expect(all(Buffer.concat([error(0), whole.subarray(0, 30)]))).toEqual([{ kind: 'answer', errno: 0 }]);
});

test('whatever comes ends, without an exception and with no more than came', () => {
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  // Noise in what is otherwise right gets further.
  const spoilt = fc
    .tuple(payloads, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }))
    .map(([payload, changes]) => {
      const bytes = Buffer.concat([packet(3, payload), error(1), packet(4, payload)]);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(noise, spoilt), (bytes) => {
      const messages = all(bytes);
      expect(messages.length).toBeLessThanOrEqual(bytes.length / 16);
      for (const one of messages)
        if (one.kind === 'packet') expect(one.bytes.length).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});
