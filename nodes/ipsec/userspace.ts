import { espInUdpPort } from '../../ladder';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { within } from '../../kit/deadline';
import { Deferred } from '../../kit/deferred';
import { Bridge, type Wiring } from './bridge';
import { userspaceScript } from './bridge-script';
import { DropLog } from './drop-log';
import { EspEngine } from './engine';
import type { EspEvent } from './event';
import type { Maker, MakerListing } from './maker';
import { IpsecError, type SecurityAssociationSet } from './protocol';
import {
  espTable,
  priorities,
  readAnswers,
  ruleMessage,
  ruleProtocol,
  type Rule,
  type Transport,
} from './rule-message';
import { keepAliveMs, requireServed, selectorsOf, type SetOfSas } from './sa-table';
import { udpChecksumErrors } from './udp-checksum-errors';

const kernelPatienceMs = 2000;

const device = 'nimsfw-esp';
const end = 'nimsfw-esp-end';

/**
 * A veth pair. What is routed into one end comes out of the other, addressed to nobody there, so that only
 * the packet socket of the bridge takes it.
 *
 * Datagrams go in whole, since transport mode takes whole ones (RFC 4303 section 3.1.1), so the MTU is the longest. TCP
 * segments come one by one (`gso_max_segs`) and, by `advmss`, short enough for ESP in UDP within 1500 bytes.
 *
 * The rule that looks into the table `local` moves away from the first place, because rules that refuse packets in the
 * clear have to come before it.
 */
const wiring = (): Wiring => ({
  script: userspaceScript,
  device: end,
  mark: device,
  setup: `link set dev lo up
link add name ${device} type veth peer name ${end}
${withoutIpv6()}link set dev ${end} mtu 65535 arp off up
link set dev ${device} mtu 65535 gso_max_segs 1 arp off up
route add default dev ${device} table ${espTable} advmss 1360
rule add pref ${priorities.own} iif lo lookup local protocol ${ruleProtocol}
rule add pref ${priorities.local} lookup local
rule del pref 0 lookup local
`,
  removal: `rule add pref 0 lookup local
rule del pref ${priorities.local} lookup local
rule flush protocol ${ruleProtocol}
link del dev ${device}
`,
});

/** Keeps IPv6 addresses off the devices, where the kernel has IPv6. */
const withoutIpv6 = (): string =>
  existsSync('/proc/sys/net/ipv6')
    ? [device, end].map((name) => `link set dev ${name} addrgenmode none\n`).join('')
    : '';

/** ESP in user space: for a kernel that has none. */
export class Userspace implements Maker {
  readonly name = 'userspace';
  private readonly rules: RuleBook;
  private readonly keepAlives = new Map<string, NodeJS.Timeout>();
  private readonly checksumErrorsBefore = udpChecksumErrors();

  private constructor(
    private readonly addresses: readonly string[],
    private readonly engine: EspEngine,
    private readonly bridge: Bridge,
    private readonly sockets: ReadonlyMap<string, Socket>,
    answers: Map<number, Deferred<number>>,
  ) {
    this.rules = new RuleBook(bridge, answers);
  }

  /**
   * @param note takes lines about dropped packets
   * @param tell is told of authentic packets that the kernel refuses
   * @throws Error with one line that says why it does not work here
   */
  static async open(
    addresses: readonly string[],
    note: (line: string) => void,
    tell: (event: EspEvent) => void,
  ): Promise<Userspace> {
    const sockets = new Map<string, Socket>();
    const answers = new Map<number, Deferred<number>>();
    const unsent = new DropLog(note);
    const ways: { bridge?: Bridge } = {};
    const engine = new EspEngine({
      sendEsp: (source, destination, packet) => ways.bridge!.sendEsp(source, destination, packet),
      sendUdp: (source, { ip, port }, datagram) =>
        sockets.get(source)!.send(datagram, port, ip, (error) => {
          if (error) unsent.dropped(`UDP to ${ip}:${port}`, error.message);
        }),
      deliver: (packet) => ways.bridge!.deliver(packet),
      note,
      tell: (event) => tell({ at: Date.now(), ...event }),
    });
    ways.bridge = await Bridge.open(wiring(), addresses, {
      outgoing: (packet) => engine.outgoing(packet),
      esp: (packet) => engine.incomingEsp(packet),
      netlink: (messages) => {
        for (const { number, errno } of readAnswers(messages)) answers.get(number)?.resolve(errno);
      },
      failed: (what) => unsent.dropped('a packet', what),
    });
    try {
      for (const address of addresses) sockets.set(address, await encapsulationSocket(address, engine));
    } catch (error) {
      for (const socket of sockets.values()) socket.close();
      await ways.bridge.close();
      throw error;
    }
    return new Userspace(addresses, engine, ways.bridge, sockets, answers);
  }

  get broken(): Promise<Error> {
    return this.bridge.broken;
  }

  async add(described: SecurityAssociationSet): Promise<void> {
    const { name, mode } = described;
    requireServed(described, this.addresses);
    const set = this.engine.table.add(described);
    try {
      await this.rules.add(rulesOf(described));
    } catch (error) {
      this.engine.table.remove(name);
      throw error;
    }
    if (mode === 'UDP-enc-tun') this.keepAlives.set(name, this.keepAliveTimer(set));
  }

  async remove(name: string): Promise<void> {
    const set = this.engine.table.set(name);
    if (!set) return;
    clearInterval(this.keepAlives.get(name));
    this.keepAlives.delete(name);
    try {
      // The kernel's answers about rules come by the bridge behind what was sent before, which is sealed still.
      await this.rules.remove(rulesOf(set.described));
    } finally {
      this.engine.table.remove(name);
    }
  }

  async list(): Promise<MakerListing> {
    return {
      sets: [...this.engine.table.sets].map(({ described: { name, mode }, outer, inbound, outbound }) => ({
        name,
        mode,
        ...(mode === 'UDP-enc-tun' ? { outer } : {}),
        in: inbound.map(({ counters }) => ({ ...counters })),
        out: outbound.map(({ counters }) => ({ ...counters })),
      })),
      unknownSpi: this.engine.unknownSpi,
      udpChecksumErrors: udpChecksumErrors() - this.checksumErrorsBefore,
    };
  }

  async close(): Promise<void> {
    for (const timer of this.keepAlives.values()) clearInterval(timer);
    for (const socket of this.sockets.values()) socket.close();
    await this.bridge.close();
  }

  private keepAliveTimer(set: SetOfSas): NodeJS.Timeout {
    return setInterval(() => this.engine.keepAlive(set), keepAliveMs);
  }
}

async function encapsulationSocket(address: string, engine: EspEngine): Promise<Socket> {
  const socket = createSocket('udp4');
  const listening = once(socket, 'listening');
  socket.bind({ address, port: espInUdpPort, exclusive: true });
  try {
    await listening;
  } catch (error) {
    throw new Error(
      `UDP ${address}:${espInUdpPort} cannot be opened (${(error as NodeJS.ErrnoException).code}); end what else uses it`,
    );
  }
  // An ICMP error about a datagram that was sent says nothing that the other end's silence does not.
  socket.on('error', () => undefined);
  socket.on('message', (datagram, { address: ip, port }) => engine.incomingUdp(datagram, { ip, port }));
  return socket;
}

/** The rules of a set: its outbound packets are sealed, and its protected ports take nothing in the clear. */
function rulesOf(described: SecurityAssociationSet): Rule[] {
  const { self } = described;
  const transports: readonly Transport[] = ['udp', 'tcp'];
  return transports.flatMap((transport): Rule[] => [
    ...selectorsOf(described).outbound.map(
      ({ selector }) => ({ kind: 'sealed', transport, selector }) as const,
    ),
    ...[self.clientPort, self.serverPort].map(
      (destinationPort) =>
        ({ kind: 'refused', transport, destination: self.address, destinationPort }) as const,
    ),
  ]);
}

/** The rules of routing that are in the kernel, each with the number of sets that need it. */
class RuleBook {
  private readonly needed = new Map<string, number>();
  private next = 1;

  constructor(
    private readonly bridge: Bridge,
    private readonly answers: Map<number, Deferred<number>>,
  ) {}

  /** @throws IpsecError `REFUSED_BY_KERNEL`; no rule is left then */
  async add(rules: readonly Rule[]): Promise<void> {
    const fresh = rules.filter((rule) => this.count(rule, 1) === 1);
    const errno = (await this.ask('add', fresh)).find((one) => one !== 0);
    if (errno === undefined) return;
    await this.remove(rules);
    throw new IpsecError(
      'REFUSED_BY_KERNEL',
      `the kernel refuses a rule of routing (${getSystemErrorName(-errno)}); it takes CAP_NET_ADMIN and Linux 4.17`,
    );
  }

  async remove(rules: readonly Rule[]): Promise<void> {
    const unneeded = rules.filter((rule) => this.count(rule, -1) === 0);
    await this.ask('remove', unneeded);
  }

  private count(rule: Rule, difference: number): number {
    const key = JSON.stringify(rule);
    const count = (this.needed.get(key) ?? 0) + difference;
    if (count === 0) this.needed.delete(key);
    else this.needed.set(key, count);
    return count;
  }

  private async ask(what: 'add' | 'remove', rules: readonly Rule[]): Promise<number[]> {
    if (rules.length === 0) return [];
    const numbered = rules.map((rule) => ({
      rule,
      number: (this.next += 1),
      answer: new Deferred<number>(),
    }));
    for (const { number, answer } of numbered) this.answers.set(number, answer);
    this.bridge.netlink(Buffer.concat(numbered.map(({ rule, number }) => ruleMessage(what, number, rule))));
    try {
      return await within(
        kernelPatienceMs,
        Promise.all(numbered.map(({ answer }) => answer.promise)),
        () =>
          new IpsecError(
            'REFUSED_BY_KERNEL',
            'the kernel does not answer about rules of routing; start ipsec anew',
          ),
      );
    } finally {
      for (const { number } of numbered) this.answers.delete(number);
    }
  }
}
