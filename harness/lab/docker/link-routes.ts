/** A route to a network on a link, from `/proc/net/route`. */
export interface LinkRoute {
  readonly device: string;
  /** CIDR. */
  readonly subnet: string;
}

/** Reads the routes in the text of `/proc/net/route`, except the default route. */
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

/**
 * Reads an address. The kernel prints its bytes in the order of memory, which is the last one first on every
 * usual machine.
 */
const fromHex = (hex: string): string =>
  [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');

const prefixLength = (hex: string): number =>
  [...Number.parseInt(hex, 16).toString(2)].filter((bit) => bit === '1').length;
