/**
 * The subnets of a lab. Core and transit are in the benchmarking range (RFC 2544: 198.18.0.0/15), so that no address of
 * the lab can be mistaken for one of the internet; access networks are private (RFC 1918), as behind a real NAPT.
 */
export interface AddressPlan {
  /** CIDR of the IMS core: P-CSCF to registrar. */
  readonly core: string;
  /** CIDR of the segment between the firewalls and the public side of IMS. */
  readonly transit: string;
  /** CIDR of the access network with this index. */
  access(index: number): string;
}

/**
 * Access network K is 10.89.K.0/24, where K is the firewall's place in the catalogue;
 * after 255 it goes on in 10.90.
 */
export const defaultAddresses: AddressPlan = {
  core: '198.18.0.0/24',
  transit: '198.19.0.0/16',
  access: (index) => `${hostAddress('10.89.0.0/16', index * 256)}/24`,
};

/** Returns the address of the host with this number in a CIDR: `hostAddress('10.89.6.0/24', 2)` is `10.89.6.2`. */
export function hostAddress(cidr: string, host: number): string {
  const base = cidr.slice(0, cidr.indexOf('/')).split('.').map(Number);
  const value = base.reduce((sum, octet) => sum * 256 + octet, 0) + host;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
