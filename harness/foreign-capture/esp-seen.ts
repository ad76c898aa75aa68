import { showEndpoint } from '../../kit/endpoint';
import { listOf, parametersOf, readFields } from '../../kit/sip-fields';
import { plural } from '../../kit/words';
import { espInUdpPort, ipsecModes, type IpsecMode, type Step } from '../../ladder';
import { spiDigits } from '../../kit/spi';
import type { Endpoint, FiveTuple } from '../../nodes/ue/protocol';
import { espHeadOf } from '../evidence/esp';
import { sipMessage } from '../sequence/sip-message';
import { exchangeOf, type Outcome, type Said } from './exchange';
import type { DecryptedSip, SeenPacket } from './read-capture';

/** The SIP of a try, and what of it went in ESP. */
export interface SipPart extends Outcome {
  /** The step of the ladder that the security agreement is of; missing where none is offered, or more than one mode. */
  readonly step?: Step;
  /** What it went on in, to be written behind the name of its way: `, then ESP`. Empty where it agreed on no ESP. */
  readonly then: string;
  /** The SPIs that were agreed on, 8 hexadecimal digits each. */
  readonly espSpis: readonly string[];
}

/** What one end said in security agreements (RFC 3329, TS 33.203 Annex H). */
interface Agreement {
  readonly modes: ReadonlySet<IpsecMode>;
  readonly spis: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/** What a capture has of ESP: its packets, and the SIP in them where somebody has decrypted it. */
export class EspSeen {
  private readonly heads: readonly { readonly spi: string; readonly dst: string; readonly at: number }[];

  constructor(
    packets: readonly SeenPacket[],
    private readonly decrypted: readonly DecryptedSip[],
  ) {
    this.heads = packets.flatMap(({ packet, at }) => {
      const head = packet.protocol === 'icmp' ? undefined : espHeadOf(packet);
      return head ? [{ spi: head.spi, dst: packet.dst, at }] : [];
    });
  }

  /**
   * Reads the SIP of a try. Where the UE and the P-CSCF agree on security associations, all that follows goes in ESP: its
   * packets belong to the try by the SPIs that were agreed on, and what was decrypted of them by the ports.
   */
  sipOf(said: readonly Said[], way: Pick<FiveTuple, 'local' | 'remote'>): SipPart {
    const offered = agreementOf(said, 'ue');
    const accepted = agreementOf(said, 'server');
    const modes = [...(accepted.modes.size > 0 ? accepted : offered).modes];
    const [mode] = modes;
    const step = mode !== undefined && modes.length === 1 ? { step: stepOf[mode] } : {};
    const agreedAt = said.find((one) => agreementOf([one], 'server').spis.size > 0)?.at;
    if (offered.spis.size === 0 || agreedAt === undefined)
      return { ...exchangeOf(said), ...step, then: '', espSpis: [] };
    const inside = this.decryptedOf(said, way).filter(({ at }) => at >= agreedAt);
    const all = [...said, ...inside];
    const [spisOfUe, spisOfServer] = [agreementOf(all, 'ue').spis, agreementOf(all, 'server').spis];
    const countTo = (ip: string, spis: ReadonlySet<string>): number =>
      this.heads.filter(({ spi, dst, at }) => dst === ip && at >= agreedAt && spis.has(spi)).length;
    const [sent, back] = [countTo(way.remote.ip, spisOfServer), countTo(way.local.ip, spisOfUe)];
    const isSealed = sent > 0 && inside.length === 0;
    const outcome = exchangeOf(all, isSealed);
    return {
      ...outcome,
      ...step,
      then: mode === 'UDP-enc-tun' ? `, then ESP in UDP ${espInUdpPort}` : ', then ESP',
      espSpis: [...spisOfUe, ...spisOfServer],
      events: [...outcome.events, espWords(sent, back, isSealed)],
      isSilent: outcome.isSilent || (sent > 0 && back === 0),
      unknown: [
        ...outcome.unknown,
        ...(isSealed && back > 0
          ? [
              `what went through the ESP of ${showEndpoint(way.local)}, and so whether it got through: nothing in the capture has it in the clear`,
            ]
          : []),
      ],
    };
  }

  /** Returns the decrypted messages between the protected ports, also those that are agreed on in such messages. */
  private decryptedOf(said: readonly Said[], { local, remote }: Pick<FiveTuple, 'local' | 'remote'>): Said[] {
    const ports = {
      ue: new Set(agreementOf(said, 'ue').ports),
      server: new Set(agreementOf(said, 'server').ports),
    };
    const found: Said[] = [];
    for (const { source, destination, bytes, at } of this.decrypted) {
      const isBetween = (ue: Endpoint, server: Endpoint): boolean =>
        ue.ip === local.ip &&
        server.ip === remote.ip &&
        ports.ue.has(ue.port) &&
        ports.server.has(server.port);
      const isOut = isBetween(source, destination);
      const message = isOut || isBetween(destination, source) ? sipMessage(Buffer.from(bytes)) : undefined;
      if (!message) continue;
      const one = { from: isOut ? ('ue' as const) : ('server' as const), at, message };
      found.push(one);
      for (const port of agreementOf([one], one.from).ports) ports[one.from].add(port);
    }
    return found;
  }
}

/** Transport mode is the normal procedure of IMS AKA, ESP in UDP its way through an NAT (TS 33.203 7 and Annex M). */
const stepOf: Readonly<Record<IpsecMode, Step>> = { trans: 1, 'UDP-enc-tun': 2 };

function espWords(sent: number, back: number, isSealed: boolean): string {
  if (sent === 0) return 'the UE sent nothing in the ESP that it had agreed on';
  const what = isSealed ? 'which is not read' : 'which the capture has in the clear';
  return `it went on in ESP, ${what}: by the SPIs agreed on, ${plural(sent, 'packet')} to the P-CSCF, ${back === 0 ? 'none' : back} back`;
}

const headers = { ue: 'security-client', server: 'security-server' } as const;

/** Reads the mechanisms `ipsec-3gpp` that one end has told. */
function agreementOf(said: readonly Said[], end: Said['from']): Agreement {
  const mechanisms = said
    .filter(({ from }) => from === end)
    .flatMap(({ message: { protocol, text = '' } }) =>
      protocol === 'sip' ? readFields(text.split('\n\n', 1)[0]!.split('\n')) : [],
    )
    .filter(({ name }) => name.toLowerCase() === headers[end])
    .flatMap(({ value }) => listOf(value))
    .filter((value) => /^\s*ipsec-3gpp\s*(;|$)/i.test(value))
    .map(parametersOf);
  const numbers = (...names: readonly string[]): number[] =>
    mechanisms.flatMap((one) => names.map((name) => Number(one.get(name)))).filter(Number.isSafeInteger);
  return {
    // TS 33.203 Annex H: transport mode where none is told.
    modes: new Set(
      mechanisms.flatMap((one) => {
        const told = (one.get('mod') ?? 'trans').toLowerCase();
        return ipsecModes.filter((mode) => mode.toLowerCase() === told);
      }),
    ),
    spis: new Set(numbers('spi-c', 'spi-s').map(spiDigits)),
    ports: new Set(numbers('port-c', 'port-s')),
  };
}
