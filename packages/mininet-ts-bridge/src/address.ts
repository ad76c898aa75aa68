import { BridgeError } from './errors';

/** An IPv4 address with its prefix, as on an interface. */
export interface InterfaceAddress {
  readonly ip: string;
  readonly prefix: number;
  /** First address of the subnet, as a number. */
  readonly network: number;
}

/** The address as an unsigned 32-bit number; `undefined` when it is no dotted quad. */
export function ipv4ToNumber(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

function networkOf(address: number, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(address / size) * size;
}

/** Address and prefix length of `10.0.0.1/24`; `undefined` when the text is nothing of the kind. */
function splitCidr(text: string): { ip: string; address: number; prefix: number } | undefined {
  const [ip = '', length = '', ...rest] = text.split('/');
  const address = ipv4ToNumber(ip);
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) {
    return undefined;
  }
  return { ip, address, prefix: Number(length) };
}

/**
 * Reads `10.0.0.1/24` as the address of a host.
 * @throws BridgeError `ADDRESS_NOT_USABLE` for anything a host cannot have: no prefix, the subnet's own address
 * or its broadcast address (a /31 and a /32 have neither, RFC 3021).
 */
export function parseInterfaceAddress(text: string, owner: string): InterfaceAddress {
  const parts = splitCidr(text);
  if (!parts) {
    throw new BridgeError(
      'ADDRESS_NOT_USABLE',
      `${owner}: "${text}" is not an IPv4 address with a prefix length; write it like 10.0.0.1/24`,
    );
  }
  const network = networkOf(parts.address, parts.prefix);
  const last = network + 2 ** (32 - parts.prefix) - 1;
  if (parts.prefix < 31 && (parts.address === network || parts.address === last)) {
    const which = parts.address === network ? "the subnet's own" : "the subnet's broadcast";
    throw new BridgeError(
      'ADDRESS_NOT_USABLE',
      `${owner}: "${text}" is ${which} address; choose one between them`,
    );
  }
  return { ip: parts.ip, prefix: parts.prefix, network };
}

/** Says whether `ip` lies in the subnet of `address`. */
export function isInSubnetOf(ip: number, address: InterfaceAddress): boolean {
  return networkOf(ip, address.prefix) === address.network;
}

/** Says whether the text is a destination that `ip route` takes: a subnet without host bits, or one address. */
export function isSubnet(text: string): boolean {
  const parts = splitCidr(text.includes('/') ? text : `${text}/32`);
  return parts !== undefined && networkOf(parts.address, parts.prefix) === parts.address;
}
