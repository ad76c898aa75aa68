import { join } from 'node:path';
import { espInUdpPort } from '../../ladder';
import { espSaName } from '../evidence/capture-names';
import { tsharkWithEspKeys } from '../evidence/esp-keys';
import type { AttemptResult } from '../judge/result';

/** The files of a run, for a command on them. */
export interface Place {
  /** The run's folder, as a command in the working directory names it. */
  readonly folder: string;
  /** The variant of the lab, whose files have a folder of their own. */
  readonly variant?: string | undefined;
}

const fileOf = ({ folder, variant = '' }: Place, path: string): string => join(folder, variant, path);

/**
 * Returns the command that decodes one packet of an attempt in a capture. Of ESP it decodes the fragment too with which the
 * packet is complete, because that is where tshark decrypts it, and checks the checksum in it, which a translation of addresses
 * makes a wrong one.
 */
export const packetCommand = (
  place: Place,
  capture: string,
  frame: number,
  attempt: Pick<AttemptResult, 'identifiers'>,
): string[] => {
  const packet = `frame.number == ${frame}`;
  const isOfEsp = attempt.identifiers.espSpis !== undefined;
  return [
    ...[...tsharkFor(place, attempt), ...(isOfEsp ? ['-o', 'udp.check_checksum:TRUE'] : [])],
    ...['-r', fileOf(place, capture), '-V'],
    ...['-Y', isOfEsp ? `${packet} || ip.fragment == ${frame}` : packet],
  ];
};

type Traced = Pick<AttemptResult, 'sockets' | 'identifiers'>;

/** Returns the beginning of a command on an attempt's packets: tshark, with what it takes to decrypt ESP if there is any. */
function tsharkFor(place: Place, { identifiers: { espSpis } }: Pick<AttemptResult, 'identifiers'>): string[] {
  if (!espSpis) return ['tshark'];
  const file = fileOf(place, espSaName);
  return [...tsharkWithEspKeys(file, espSpis), '-o', 'esp.enable_encryption_decode:TRUE'];
}

/**
 * Returns the command that lists the packets of an attempt in the capture of its network for people, which has all places,
 * the keys of TLS, and what TLS and ESP carried in the clear beside the packets that brought it.
 * @param capture the pcapng
 */
export const networkCommand = (place: Place, capture: string, attempt: Traced): string[] => {
  const { sockets } = attempt;
  return [
    ...[...tsharkFor(place, attempt), '-r', fileOf(place, capture), '-Y'],
    [
      ...filtersOf(attempt),
      ...portFiltersOf(sockets.filter(({ protocol }) => protocol === 'tcp')).flatMap((filter) =>
        ['src', 'dst'].map((end) => filter.replace(/^tcp\.port/, `exported_pdu.${end}_port`)),
      ),
    ].join(' || '),
  ];
};

/**
 * Returns the command that lists the packets of an attempt in the capture of the UE's side, with its TLS decrypted.
 * @param capture that of the UE's side
 */
export function attemptCommand(
  place: Place,
  capture: string,
  attempt: Traced & Pick<AttemptResult, 'server'>,
): string[] {
  const { sockets, server } = attempt;
  const keys = ['-o', `tls.keylog_file:${fileOf(place, 'keys.log')}`];
  // By itself tshark takes what is in TLS on port 443 for HTTP.
  const decrypted = [...keys, ...(server === 'pcscf' ? ['-d', 'tls.port==443,sip'] : [])];
  const isTcp = sockets.some(({ protocol }) => protocol === 'tcp');
  return [
    ...[...tsharkFor(place, attempt), '-r', fileOf(place, capture), ...(isTcp ? decrypted : [])],
    ...['-Y', filtersOf(attempt).join(' || ')],
  ];
}

/** Returns display filters for the packets of an attempt: one for each protocol with ports, and one for its ESP. */
function filtersOf({ sockets, identifiers: { espSpis = [] } }: Traced): string[] {
  const spis = espSpis.map((spi) => `0x${spi}`);
  // ESP in UDP has the same ports for all attempts of a UE.
  const others = sockets.filter(({ local }) => espSpis.length === 0 || local.port !== espInUdpPort);
  return [...portFiltersOf(others), ...(spis.length > 0 ? [`esp.spi in {${spis.join(', ')}}`] : [])];
}

/** Returns display filters for the packets of sockets, one for each protocol. */
function portFiltersOf(sockets: AttemptResult['sockets']): string[] {
  return (['udp', 'tcp'] as const).flatMap((protocol) => {
    const own = sockets.filter((socket) => socket.protocol === protocol);
    const ports = [...new Set(own.map(({ local }) => local.port))].sort((a, b) => a - b);
    if (ports.length === 0) return [];
    return [`${protocol}.port ${ports.length === 1 ? `== ${ports[0]}` : `in {${ports.join(', ')}}`}`];
  });
}
