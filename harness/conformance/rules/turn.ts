import { requestedTransport, type AttributeName } from '../../../nodes/ue/stun/attributes';
import { methods, type Method } from '../../../nodes/ue/stun/methods';
import { rule, type Topic } from '../rule';
import type { StunPacket } from '../sighting';

const is =
  (method: Method, kind: StunPacket['message']['kind']) =>
  ({ message }: StunPacket): boolean =>
    message.method === methods[method] && message.kind === kind;

const lacking = ({ message }: StunPacket, ...names: AttributeName[]): AttributeName[] =>
  names.filter((name) => !message.has(name));

/** A Binding request of ICE (RFC 8445 7.2.2), which is one with short-term credentials. */
const isCheck = (packet: StunPacket): boolean =>
  is('BINDING', 'request')(packet) && packet.message.has('USERNAME');

const without = (what: string, names: readonly string[]): string | undefined =>
  names.length === 0 ? undefined : `${what} without ${names.join(', ')}`;

/** STUN, TURN, TURN for TCP, and the connectivity checks of ICE. */
export const turn: Topic = {
  title: 'STUN and TURN',
  rules: [
    rule({
      id: 'mapped-address',
      clause: 'RFC 8489 6.3.1.1',
      level: 'MUST',
      says: 'The answer to a Binding request has XOR-MAPPED-ADDRESS.',
      of: 'stun',
      about: is('BINDING', 'success'),
      breaks: (packet) => without('Binding success', lacking(packet, 'XOR-MAPPED-ADDRESS')),
    }),
    rule({
      id: 'check-attributes',
      clause: 'RFC 8445 7.1',
      level: 'MUST',
      says: 'A connectivity check has PRIORITY, MESSAGE-INTEGRITY, FINGERPRINT, and either ICE-CONTROLLING or ICE-CONTROLLED.',
      of: 'stun',
      about: isCheck,
      breaks: (packet) => {
        const missing: string[] = lacking(packet, 'PRIORITY', 'MESSAGE-INTEGRITY', 'FINGERPRINT');
        if (lacking(packet, 'ICE-CONTROLLING', 'ICE-CONTROLLED').length !== 1) missing.push('one role');
        return without('a check', missing);
      },
    }),
    rule({
      id: 'nominated-by-controlling',
      clause: 'RFC 8445 7.1.2',
      level: 'MUST',
      says: 'Only the controlling agent sends USE-CANDIDATE.',
      of: 'stun',
      about: (packet) => isCheck(packet) && packet.message.has('USE-CANDIDATE'),
      breaks: (packet) => without('USE-CANDIDATE', lacking(packet, 'ICE-CONTROLLING')),
    }),
    rule({
      id: 'allocate-transport',
      clause: 'RFC 8656 7.1',
      level: 'MUST',
      says: 'An Allocate request has REQUESTED-TRANSPORT.',
      of: 'stun',
      about: is('ALLOCATE', 'request'),
      breaks: (packet) => without('Allocate', lacking(packet, 'REQUESTED-TRANSPORT')),
    }),
    rule({
      id: 'allocate-challenged',
      clause: 'RFC 8489 9.2.4',
      level: 'MUST',
      says: 'A refusal for want of credentials has REALM and NONCE.',
      of: 'stun',
      about: ({ message }) => message.kind === 'error' && message.get('ERROR-CODE')?.code === 401,
      breaks: (packet) => without('401', lacking(packet, 'REALM', 'NONCE')),
    }),
    rule({
      id: 'allocate-authenticated',
      clause: 'RFC 8656 7.2',
      level: 'MUST',
      says: 'A TURN server allocates for an authenticated request only.',
      of: 'stun',
      about: is('ALLOCATE', 'success'),
      breaks: (packet, seen) => {
        const request = seen.stun.find(
          (one) => one.message.kind === 'request' && one.message.id === packet.message.id,
        );
        if (request === undefined) return 'an allocation that nobody asked for';
        return without('Allocate', lacking(request, 'USERNAME', 'REALM', 'NONCE', 'MESSAGE-INTEGRITY'));
      },
    }),
    rule({
      id: 'allocate-answer',
      clause: 'RFC 8656 7.2',
      level: 'MUST',
      says: 'An allocation tells its relayed address, its lifetime and the address that was seen.',
      of: 'stun',
      about: is('ALLOCATE', 'success'),
      breaks: (packet) =>
        without('Allocate success', lacking(packet, 'XOR-RELAYED-ADDRESS', 'LIFETIME', 'XOR-MAPPED-ADDRESS')),
    }),
    rule({
      id: 'tcp-allocation',
      clause: 'RFC 6062 4.1',
      level: 'MUST',
      says: 'A TCP allocation is asked for on a connection, and without what only UDP has.',
      of: 'stun',
      about: (packet) => is('ALLOCATE', 'request')(packet) && isForTcp(packet),
      breaks: (packet) => {
        if (packet.transport === 'udp') return 'a TCP allocation asked for over UDP';
        const wrong: string[] = (['EVEN-PORT', 'RESERVATION-TOKEN'] as const).filter((name) =>
          packet.message.has(name),
        );
        if (packet.message.unknown.includes(dontFragment)) wrong.push('DONT-FRAGMENT');
        return wrong.length === 0 ? undefined : `a TCP allocation with ${wrong.join(', ')}`;
      },
    }),
    rule({
      id: 'connect-peer',
      clause: 'RFC 6062 4.3',
      level: 'MUST',
      says: 'A Connect request names the peer, and its answer the connection.',
      of: 'stun',
      about: (packet) => is('CONNECT', 'request')(packet) || is('CONNECT', 'success')(packet),
      breaks: (packet) =>
        packet.message.kind === 'request'
          ? without('Connect', lacking(packet, 'XOR-PEER-ADDRESS'))
          : without('Connect success', lacking(packet, 'CONNECTION-ID')),
    }),
    rule({
      id: 'bound-on-own-connection',
      clause: 'RFC 6062 4.3',
      level: 'MUST',
      says: 'ConnectionBind comes first on a connection of its own, and names what it binds.',
      of: 'stun',
      about: is('CONNECTION_BIND', 'request'),
      breaks: (packet, seen) => {
        const others = seen.stun.some(
          (one) =>
            one.capture === packet.capture &&
            one.stream === packet.stream &&
            one.at < packet.at &&
            // It is sent once more with credentials when the server has told realm and nonce.
            one.message.method !== methods.CONNECTION_BIND,
        );
        if (packet.transport === 'udp' || others) return 'ConnectionBind on a connection of something else';
        return without('ConnectionBind', lacking(packet, 'CONNECTION-ID'));
      },
    }),
  ],
};

/** The type of DONT-FRAGMENT (RFC 8656 18.9). */
const dontFragment = 0x001a;

const isForTcp = ({ message }: StunPacket): boolean =>
  message.get('REQUESTED-TRANSPORT') === requestedTransport.tcp;
