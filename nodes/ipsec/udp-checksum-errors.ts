import { readFileSync } from 'node:fs';

/** Returns how many UDP datagrams the kernel has refused in this network because of their checksums. */
export function udpChecksumErrors(snmp: string = readFileSync('/proc/self/net/snmp', 'latin1')): number {
  const [names = [], values = []] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('InCsumErrors')] ?? 0);
}
