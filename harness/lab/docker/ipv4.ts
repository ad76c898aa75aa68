/** An IPv4 address as a number. */
export const toNumber = (ip: string): number =>
  ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** A number as an IPv4 address. */
export const toText = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** The first and the last address of a CIDR, as numbers. */
export function rangeOf(cidr: string): { readonly first: number; readonly last: number } {
  const [ip = '', prefix = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(prefix));
  const first = Math.floor(toNumber(ip) / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether two CIDRs have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

/** A route to a network on a link, as `/proc/net/route` has it. */
export interface LinkRoute {
  readonly device: string;
  /** CIDR. */
  readonly subnet: string;
}

/** The routes of a `/proc/net/route` except the default route. */
export function readRoutes(text: string): LinkRoute[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 8 && /^[\dA-F]{8}$/.test(fields[1]!))
    .map((fields) => ({
      device: fields[0]!,
      subnet: `${fromHex(fields[1]!)}/${prefixLength(fields[7]!)}`,
    }))
    .filter(({ subnet }) => !subnet.endsWith('/0'));
}

/** The kernel prints the bytes in the order in which they lie in memory: the last one first on every usual machine. */
const fromHex = (hex: string): string =>
  [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');

const prefixLength = (hex: string): number =>
  [...Number.parseInt(hex, 16).toString(2)].filter((bit) => bit === '1').length;
