import { readSquidLine } from '../../../nodes/proxy/squid-log';
import type { Flow, Identifier } from '../../../nodes/ue/protocol';
import { decodeDrop, type Drop, type RuleFacts, type RuleLookup } from '../drop';
import type { AttemptTrace, ProxyTrace } from '../trace';
import { PcapDecoder } from '../pcap';
import { nflog, pcap, recordAt, type NflogOptions } from './builders';

/** Begin of the attempts in the tests, ms since the epoch. */
export const start = 1_795_424_000_000;

export const ue = { ip: '10.89.8.2', port: 32768 };
export const nat = { ip: '198.19.8.1', port: 40000 };
export const pcscf = { ip: '198.18.0.10', port: 5060 };
export const proxyEnd = { ip: '10.89.8.3', port: 3128 };

export function flow(over: Partial<Flow> = {}): Flow {
  return { attempt: 'a1', at: start + 10, protocol: 'udp', local: ue, remote: pcscf, ...over };
}

export function attempt(flows: Flow[] = [flow()], identifiers: Identifier[] = []): AttemptTrace {
  return { startedAt: start, endedAt: start + 2000, flows, identifiers };
}

/** Builds a drop from a packet through an nflog packet, a pcap and the real decoders. */
export function dropOf(packet: Uint8Array, at = start + 100, options: NflogOptions = {}): Drop {
  const [item] = new PcapDecoder().push(pcap([recordAt(at, nflog(packet, options))]));
  const drop = item?.kind === 'packet' ? decodeDrop(item, 'fw-8') : undefined;
  if (!drop) throw new Error('the test built a packet that is no drop');
  return drop;
}

const knownRules: Readonly<Record<string, RuleFacts>> = {
  'T3-SIP-UDP': { statement: 'UDP to port 5060', decisive: 'own' },
  'T8-DIRECT': { statement: 'nothing goes out directly', decisive: 'own' },
  EVERY: { statement: 'every packet', decisive: 'all' },
  STALE: { statement: 'packets of no known connection', decisive: 'none' },
};
export const rules: RuleLookup = (id) => knownRules[id];

export function proxyTrace(...lines: string[]): ProxyTrace {
  const log = lines.map((line) => {
    const entry = readSquidLine(line);
    if (!entry) throw new Error(`the test wrote a line that is no log line: ${line}`);
    return entry;
  });
  return { id: 'proxy-8', address: proxyEnd.ip, log, tunnels: [], names: { 'pcscf.example': '198.18.0.10' } };
}
