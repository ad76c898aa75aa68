import { netlinkAttribute } from '../netlink-attribute';
import type { Selector } from './sa-table';
import { addressBytes, protocols } from './ip-packet';

/**
 * The messages of linux/fib_rules.h that add and remove rules of routing. Numbers are in the host's byte order, which this
 * file takes to be little-endian, as it is on every machine that Debian's Node runs on except s390x.
 */
const messages = { add: 32, remove: 33 } as const;
const flags = { request: 1, acknowledge: 4, exclusive: 0x200, create: 0x400 } as const;
const attributes = {
  ...{ destination: 1, source: 2, interface: 3, priority: 6, table: 15 },
  ...{ protocol: 21, ipProtocol: 22, sourcePorts: 23, destinationPorts: 24 },
} as const;
const actions = { lookup: 1, blackhole: 6 } as const;
const errorType = 2;
const headerLength = 16;

/** The mark by which all rules of this program are known (`ip rule show protocol 203`). */
export const ruleProtocol = 203;
/** The table of routes that leads to this program. */
export const espTable = 33203;
/** Priorities of rules: what this node sends to itself, what is refused in the clear, what is sealed, and the table `local`. */
export const priorities = { own: 10, refused: 11, sealed: 20, local: 100 } as const;

/** A rule: packets that this node sends and ESP takes, or packets in the clear that a protected port refuses. */
export type Rule =
  | { readonly kind: 'sealed'; readonly transport: Transport; readonly selector: Selector }
  | {
      readonly kind: 'refused';
      readonly transport: Transport;
      readonly destination: string;
      readonly destinationPort: number;
    };
export type Transport = 'udp' | 'tcp';

/** Makes the message that adds or removes a rule. The kernel answers it with the same number. */
export function ruleMessage(what: 'add' | 'remove', number: number, rule: Rule): Buffer {
  const { destination, destinationPort, source, sourcePort } = {
    ...{ source: undefined, sourcePort: undefined },
    ...(rule.kind === 'sealed' ? rule.selector : rule),
  };
  const header = Buffer.alloc(12);
  // Family AF_INET, and the lengths of the prefixes of destination and source.
  header.set([2, 32, source === undefined ? 0 : 32]);
  header[7] = rule.kind === 'sealed' ? actions.lookup : actions.blackhole;
  const content = [
    header,
    netlinkAttribute(attributes.destination, addressBytes(destination)),
    ...(source === undefined ? [] : [netlinkAttribute(attributes.source, addressBytes(source))]),
    netlinkAttribute(attributes.priority, number32(priorities[rule.kind])),
    netlinkAttribute(attributes.protocol, Buffer.from([ruleProtocol])),
    netlinkAttribute(attributes.ipProtocol, Buffer.from([protocols[rule.transport]])),
    ...(sourcePort === undefined ? [] : [netlinkAttribute(attributes.sourcePorts, portRange(sourcePort))]),
    netlinkAttribute(attributes.destinationPorts, portRange(destinationPort)),
    ...(rule.kind === 'sealed'
      ? [
          netlinkAttribute(attributes.interface, Buffer.from('lo\0')),
          netlinkAttribute(attributes.table, number32(espTable)),
        ]
      : []),
  ];
  const body = Buffer.concat(content);
  const start = Buffer.alloc(headerLength);
  start.writeUInt32LE(headerLength + body.length, 0);
  start.writeUInt16LE(messages[what], 4);
  const creation = what === 'add' ? flags.create | flags.exclusive : 0;
  start.writeUInt16LE(flags.request | flags.acknowledge | creation, 6);
  start.writeUInt32LE(number, 8);
  return Buffer.concat([start, body]);
}

/** Reads the kernel's answers: the number of each message, and 0 or the errno with which it was refused. */
export function* readAnswers(bytes: Buffer): Generator<{ readonly number: number; readonly errno: number }> {
  for (let at = 0; at + headerLength <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length < headerLength || at + length > bytes.length) return;
    if (bytes.readUInt16LE(at + 4) === errorType && length >= headerLength + 4)
      yield { number: bytes.readUInt32LE(at + 8), errno: Math.abs(bytes.readInt32LE(at + headerLength)) };
    at += (length + 3) & ~3;
  }
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function portRange(port: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(port, 0);
  bytes.writeUInt16LE(port, 2);
  return bytes;
}
