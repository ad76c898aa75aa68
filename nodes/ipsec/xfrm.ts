import { espInUdpPort } from '../../ladder';
import { encryptionAlgorithms, integrityAlgorithms, type SecurityAssociationSet } from './protocol';
import { saKeys } from './sa-keys';
import { outerOf, selectorsOf, type Selector } from './sa-table';
import { spiText } from '../../kit/spi';

/** The mark by which all states and policies of this program are known: as reqid of states, and as priority of policies. */
export const xfrmMark = 33203;
const refusalPriority = xfrmMark + 1;

/** Commands of an `ip` batch that remove all states and policies of this program, and nothing else. */
export const xfrmRemoval = `xfrm policy deleteall priority ${xfrmMark}
xfrm policy deleteall priority ${refusalPriority}
xfrm state deleteall reqid ${xfrmMark}
`;

interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** Algorithms in the words of `ip xfrm`. 96 bits of each hash are kept (RFC 2403, RFC 2404). */
function algorithms(set: SecurityAssociationSet): string {
  const { hash, integrityKey, encryptionKey } = saKeys(set);
  const encryption = encryptionKey
    ? `enc cbc(aes) 0x${encryptionKey.toString('hex')}`
    : 'enc ecb(cipher_null) ""';
  return `auth-trunc hmac(${hash}) 0x${integrityKey.toString('hex')} 96 ${encryption}`;
}

const kernelMode = { trans: 'transport', 'UDP-enc-tun': 'tunnel' } as const;

/** Returns the commands that make the inbound SAs of a set. */
export const inboundStates = (set: SecurityAssociationSet): string[] => {
  const { ip, port } = outerOf(set);
  return selectorsOf(set).inbound.map(({ spi }) =>
    state(set, { spi, source: ip, destination: set.self.address, ports: `${port} ${espInUdpPort}` }),
  );
};

/**
 * Returns the commands that make the outbound SAs of a set.
 * @param outer where they send ESP in UDP to
 * @param sequences the sequence numbers of their latest packets, in the order of the SAs
 */
export const outboundStates = (
  set: SecurityAssociationSet,
  outer: Endpoint,
  sequences: readonly number[] = [],
): string[] =>
  selectorsOf(set).outbound.map(({ spi }, index) => {
    const sequence = sequences[index];
    const ends = { source: set.self.address, destination: outer.ip };
    const made = state(set, { spi, ...ends, ports: `${espInUdpPort} ${outer.port}` });
    return sequence === undefined ? made : `${made} replay-oseq ${sequence}`;
  });

function state(
  set: SecurityAssociationSet,
  { spi, source, destination, ports }: { spi: number; source: string; destination: string; ports: string },
): string {
  const encapsulation = set.mode === 'UDP-enc-tun' ? ` encap espinudp ${ports} 0.0.0.0` : '';
  return `xfrm state add ${stateId(source, destination, spi)} reqid ${xfrmMark} mode ${kernelMode[set.mode]} replay-window 32 ${algorithms(set)}${encapsulation}`;
}

const stateId = (source: string, destination: string, spi: number): string =>
  `src ${source} dst ${destination} proto esp spi ${spiText(spi)}`;

/** Returns the commands that delete SAs of a set. */
export const deletedStates = (
  set: SecurityAssociationSet,
  outer: Endpoint,
  which: readonly ('inbound' | 'outbound')[],
): string[] => {
  const { inbound, outbound } = selectorsOf(set);
  return [
    ...(which.includes('inbound') ? inbound : []).map(({ spi }) =>
      stateId(outerOf(set).ip, set.self.address, spi),
    ),
    ...(which.includes('outbound') ? outbound : []).map(({ spi }) =>
      stateId(set.self.address, outer.ip, spi),
    ),
  ].map((id) => `xfrm state delete ${id}`);
};

/** A policy: packets of one transport between these ports are protected by this SA. */
export interface Policy {
  readonly direction: 'in' | 'out';
  readonly transport: 'udp' | 'tcp';
  readonly selector: Selector;
  readonly spi: number;
  readonly set: SecurityAssociationSet;
}

/** Returns the policies of a set. */
export const policiesOf = (set: SecurityAssociationSet): Policy[] => {
  const { inbound, outbound } = selectorsOf(set);
  return (['udp', 'tcp'] as const).flatMap((transport) => [
    ...inbound.map((sa) => ({ ...sa, direction: 'in', transport, set }) as const),
    ...outbound.map((sa) => ({ ...sa, direction: 'out', transport, set }) as const),
  ]);
};

/** Returns what the kernel knows a policy by. */
export const policySelector = ({ direction, transport, selector }: Policy): string =>
  `src ${selector.source}/32 dst ${selector.destination}/32 proto ${transport} sport ${selector.sourcePort} dport ${selector.destinationPort} dir ${direction}`;

/** Returns the command that makes a policy, in place of one with the same selector. */
export function madePolicy(policy: Policy, outer: Endpoint): string {
  const { direction, spi, set } = policy;
  const self = set.self.address;
  const ends = direction === 'in' ? `src ${outerOf(set).ip} dst ${self}` : `src ${self} dst ${outer.ip}`;
  return `xfrm policy update ${policySelector(policy)} priority ${xfrmMark} tmpl ${ends} proto esp spi ${spiText(spi)} reqid ${xfrmMark} mode ${kernelMode[set.mode]}`;
}

/** Returns the selectors of the policies by which the protected ports of a set refuse packets in the clear. */
export const refusalSelectors = ({ self }: SecurityAssociationSet): string[] =>
  ['udp', 'tcp'].flatMap((transport) =>
    [self.clientPort, self.serverPort].map(
      (port) => `src 0.0.0.0/0 dst ${self.address}/32 proto ${transport} dport ${port} dir in`,
    ),
  );

export const refusal = (selector: string): string =>
  `xfrm policy update ${selector} priority ${refusalPriority} action block`;

export const deletedPolicy = (selector: string): string => `xfrm policy delete ${selector}`;

/** Commands that make and delete states with every algorithm; they fail where the kernel has no ESP. */
export const xfrmTrial = (() => {
  const keys = { ik: '00'.repeat(16), ck: '00'.repeat(16) };
  const ends = { source: '127.0.0.1', destination: '127.0.0.2' };
  return integrityAlgorithms
    .flatMap((integrity) => encryptionAlgorithms.map((encryption) => ({ ...keys, integrity, encryption })))
    .map((described, index) => {
      const id = stateId(ends.source, ends.destination, 256 + index);
      return `xfrm state add ${id} reqid ${xfrmMark} mode transport ${algorithms(described as SecurityAssociationSet)}\nxfrm state delete ${id}\n`;
    })
    .join('');
})();

/** What the kernel tells of a state. */
export interface StateCounters {
  readonly spi: number;
  readonly destination: string;
  readonly bytes: number;
  readonly packets: number;
  /** Sequence number of the latest packet that it has sent. */
  readonly sent: number;
  readonly replayed: number;
  readonly badIcv: number;
}

/** Reads what `ip -s xfrm state list` prints. */
export function readStates(text: string): StateCounters[] {
  return text
    .split(/^(?=src )/m)
    .filter((block) => block.startsWith('src '))
    .map((block) => {
      const number = (pattern: RegExp): number => Number(pattern.exec(block)?.[1] ?? 0);
      return {
        spi: number(/ spi (0x[0-9a-f]+)/),
        destination: /^src \S+ dst (\S+)/.exec(block)?.[1] ?? '',
        bytes: number(/lifetime current:\s+(\d+)\(bytes\)/),
        packets: number(/lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)/),
        sent: number(/ oseq (0x[0-9a-f]+)/),
        replayed: number(/stats:\s+replay-window \d+ replay (\d+)/),
        badIcv: number(/stats:\s+replay-window \d+ replay \d+ failed (\d+)/),
      };
    });
}

/** XFRM_MSG_MAPPING */
const mappingType = 0x26;
const headerLength = 16;

/**
 * Reads the kernel's news that the ESP in UDP of an inbound SA comes from another place than before (struct
 * xfrm_user_mapping). The length and the type of a message are in the host's byte order, taken to be little-endian.
 */
export function* readMappings(bytes: Buffer): Generator<{ readonly spi: number; readonly outer: Endpoint }> {
  for (let at = 0; at + headerLength <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length < headerLength || at + length > bytes.length) return;
    const content = bytes.subarray(at + headerLength, at + length);
    if (bytes.readUInt16LE(at + 4) === mappingType && content.length >= 64)
      yield {
        spi: content.readUInt32BE(16),
        outer: { ip: content.subarray(44, 48).join('.'), port: content.readUInt16BE(62) },
      };
    at += (length + 3) & ~3;
  }
}
