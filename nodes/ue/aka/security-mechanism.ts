import { listOf, parametersOf } from '../../../kit/sip-fields';
import { ipsecModes, type IpsecMode } from '../../../ladder';
import {
  encryptionAlgorithms,
  integrityAlgorithms,
  type SecurityAssociationSet,
  type SetEnd,
} from '../../ipsec/protocol';

/** The algorithms of a security association, as `alg` and `ealg` name them (TS 33.203 Annex H). */
export type Algorithms = Pick<SecurityAssociationSet, 'integrity' | 'encryption'>;

/** The algorithms that the UE offers, the most preferred first. */
export const ownAlgorithms: readonly Algorithms[] = encryptionAlgorithms.flatMap((encryption) =>
  integrityAlgorithms.map((integrity) => ({ integrity, encryption })),
);

/** One end's SPIs and protected ports. */
export type ProtectedEnd = Omit<SetEnd, 'address'>;

/** A mechanism `ipsec-3gpp` of a security agreement that this UE can have. */
export interface Mechanism extends Algorithms, ProtectedEnd {
  readonly mode: IpsecMode;
}

/** Writes Security-Client: every pair of algorithms in one mode (RFC 3329 2.2, TS 33.203 Annex H). */
export function securityClient(mode: IpsecMode, end: ProtectedEnd): string {
  const { clientSpi, serverSpi, clientPort, serverPort } = end;
  const rest = `prot=esp;mod=${mode};spi-c=${clientSpi};spi-s=${serverSpi};port-c=${clientPort};port-s=${serverPort}`;
  const offers = ownAlgorithms.map(({ integrity, encryption }) => `alg=${integrity};ealg=${encryption}`);
  return `Security-Client: ${offers.map((offer) => `ipsec-3gpp;${offer};${rest}`).join(', ')}`;
}

/**
 * Takes the mechanism that the P-CSCF prefers among those that the UE has offered.
 * @param values of Security-Server, which may be anything
 * @param own the UE's SPIs; the P-CSCF has to choose others, since both directions have the same keys (TS 33.203 7.1)
 * @returns undefined if there is none
 */
export function chosenMechanism(
  values: readonly string[],
  mode: IpsecMode,
  own: Pick<ProtectedEnd, 'clientSpi' | 'serverSpi'>,
): Mechanism | undefined {
  const known = values
    .flatMap(listOf)
    .map(mechanismOf)
    .filter((one) => one !== undefined)
    .filter(({ mechanism: { mode: its, clientSpi, serverSpi } }) => {
      const spis = new Set([clientSpi, serverSpi, own.clientSpi, own.serverSpi]);
      return its === mode && spis.size === 4;
    });
  // The sort is stable, so that of equal ones the first stays first.
  return known.sort((one, other) => other.q - one.q)[0]?.mechanism;
}

/** Reads one mechanism; undefined if it is not one of ours. */
function mechanismOf(value: string): { mechanism: Mechanism; q: number } | undefined {
  const [name = ''] = value.split(';', 1);
  if (name.trim().toLowerCase() !== 'ipsec-3gpp') return undefined;
  const parameters = parametersOf(value);
  const said = (key: string, otherwise: string): string => (parameters.get(key) ?? otherwise).toLowerCase();
  // TS 33.203 Annex H: what is left out is ESP, in transport mode, without encryption.
  const algorithms = ownAlgorithms.find(
    ({ integrity, encryption }) => said('alg', '') === integrity && said('ealg', 'null') === encryption,
  );
  const mode = ipsecModes.find((one) => said('mod', 'trans') === one.toLowerCase());
  const spi = (key: string): number | undefined => numberIn(parameters.get(key), 256, 0xffff_ffff);
  // TS 33.203 7.1, from memory: the ports of SIP in the clear are no protected ones.
  const port = (key: string): number | undefined => {
    const value = numberIn(parameters.get(key), 1, 65_535);
    return value === 5060 || value === 5061 ? undefined : value;
  };
  const [clientSpi, serverSpi] = [spi('spi-c'), spi('spi-s')];
  const [clientPort, serverPort] = [port('port-c'), port('port-s')];
  if (!algorithms || !mode || said('prot', 'esp') !== 'esp') return undefined;
  if (clientSpi === undefined || serverSpi === undefined) return undefined;
  if (clientPort === undefined || serverPort === undefined || clientPort === serverPort) return undefined;
  const q = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(said('q', '1'))?.[0];
  return {
    mechanism: { ...algorithms, mode, clientSpi, serverSpi, clientPort, serverPort },
    q: q === undefined ? 0 : Number(q),
  };
}

function numberIn(text: string | undefined, least: number, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text ?? '') ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}
