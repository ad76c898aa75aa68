import { readFileSync } from 'node:fs';
import type { Endpoint } from '../protocol';

/** A socket that has ended or only remembers that it had been there, by its number in `/proc/net/tcp` (proc(5)): TIME_WAIT. */
const timeWait = '06';

/** Says whether the far end of a TCP connection on this machine has closed it too. @param near the end that closed it first */
export function isFarEndClosed({ ip, port }: Endpoint): boolean {
  const near = `${addressOf(ip)}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .every(([, , remote, state]) => remote !== near || state === timeWait);
}

/** Writes an address as the kernel does, which prints the four bytes as a number of this machine. */
const addressOf = (ip: string): string =>
  ip
    .split('.')
    .reverse()
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
