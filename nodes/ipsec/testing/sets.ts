import { ipsecModes } from '../../../ladder';
import {
  encryptionAlgorithms,
  integrityAlgorithms,
  type SecurityAssociationSet,
  type SetEnd,
} from '../protocol';

/** A set between two addresses; sets with other numbers share neither ports nor SPIs with it. */
export function setBetween(
  self: string,
  other: string,
  number: number,
  described: Partial<SecurityAssociationSet> = {},
): SecurityAssociationSet {
  return {
    name: `set-${number}`,
    mode: 'trans',
    integrity: 'hmac-sha-1-96',
    encryption: 'aes-cbc',
    ik: '000102030405060708090a0b0c0d0e0f',
    ck: '101112131415161718191a1b1c1d1e1f',
    lifetimeSeconds: 600,
    self: endOf(self, 40000, 0x1000, number),
    other: endOf(other, 5100, 0x2000, number),
    ...described,
  };
}

function endOf(address: string, firstPort: number, firstSpi: number, number: number): SetEnd {
  const [port, spi] = [firstPort + 2 * number, firstSpi + 2 * number];
  return { address, clientPort: port, serverPort: port + 1, clientSpi: spi, serverSpi: spi + 1 };
}

/** Returns the same set as the other end sees it. */
export const seenByOther = (set: SecurityAssociationSet): SecurityAssociationSet => ({
  ...set,
  self: set.other,
  other: set.self,
});

/** Every mode with every algorithm. */
export const combinations = ipsecModes.flatMap((mode) =>
  integrityAlgorithms.flatMap((integrity) =>
    encryptionAlgorithms.map((encryption) => ({ mode, integrity, encryption })),
  ),
);
