import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Flow } from '../../nodes/ue/protocol';
import { AttemptWatch, DropWatch, type WatchOptions } from './drop-watch';
import type { ProxyTrace } from './trace';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import { flow, nat, pcscf, proxyEnd, proxyTrace, rules, start, ue } from './testing/attempts';
import { nflog, pcap, recordAt, sipRegister, tcp, udp } from './testing/builders';

const header = pcap([]);
const logged = (packet: Uint8Array, at = start + 100, prefix = 'T3-SIP-UDP'): Buffer =>
  pcap([recordAt(at, nflog(packet, { prefix }))]).subarray(24);

/** A firewall's log to which the test writes; each write is read before the test goes on. */
async function started(): Promise<{
  watch: DropWatch;
  write: (...bytes: Buffer[]) => void;
  stream: PassThrough;
}> {
  const stream = new PassThrough();
  const watch = new DropWatch(stream, 'fw-8');
  stream.write(header);
  await watch.ready;
  const write = (...bytes: Buffer[]): void => void stream.emit('data', Buffer.concat(bytes));
  return { watch, write, stream };
}

function attemptWatch(watch: DropWatch, options: Partial<WatchOptions> = {}): AttemptWatch {
  return new AttemptWatch(watch, { startedAt: start, rule: rules, ...options });
}

describe('the drops of a firewall', () => {
  test('are decoded as they come, told to listeners, and kept', async () => {
    const { watch, write } = await started();
    const heard: string[] = [];
    const stop = watch.onDrop((drop) => heard.push(drop.rule));
    const bytes = logged(udp(ue, pcscf, 'x'));
    write(bytes.subarray(0, 20));
    expect(heard).toEqual([]);
    write(bytes.subarray(20));
    stop();
    write(logged(udp(ue, pcscf, 'x')));
    expect(heard).toEqual(['T3-SIP-UDP']);
    expect(watch.drops).toMatchObject([
      { firewall: 'fw-8', chain: 'forward', at: start + 100, packet: { src: ue.ip, dport: 5060 } },
      { firewall: 'fw-8' },
    ]);
  });

  test("the kernel's time is taken where it lies shortly before tcpdump's, else tcpdump's", async () => {
    const { watch, write } = await started();
    const withTime = (at: number): Buffer =>
      pcap([recordAt(start, nflog(udp(ue, pcscf, 'x'), { at }))]).subarray(24);
    write(withTime(start - 20), withTime(start - 60_000), withTime(start + 20));
    expect(watch.drops.map((drop) => Math.round(drop.at - start))).toEqual([-20, 0, 0]);
  });

  test('a stream that ends before it began says so', async () => {
    const stream = new PassThrough();
    const watch = new DropWatch(stream, 'fw-8');
    stream.end('tcpdump: no such device, cannot go on\n');
    await expect(watch.ready).rejects.toThrow(
      'The drop log of fw-8 did not start: these bytes do not begin like a pcap capture.',
    );
    await expect(watch.ended).resolves.toMatchObject({ code: 'PCAP_NOT_A_CAPTURE' });
  });

  test('are copied to a file that ends with a whole record, whatever has come of the next', async () => {
    const stream = new PassThrough();
    const file = new PassThrough();
    const watch = new DropWatch(stream, 'fw-8', file);
    const whole = [header, logged(udp(ue, pcscf, 'x')), logged(udp(ue, pcscf, 'y'))];
    const bytes = Buffer.concat([...whole, logged(udp(ue, pcscf, 'z'))]);
    for (const [from, until] of [
      [0, 10],
      [10, whole[0]!.length + 20],
      [whole[0]!.length + 20, bytes.length - 5],
    ])
      stream.emit('data', bytes.subarray(from, until));
    const closed = watch.close();
    stream.emit('data', bytes.subarray(-5));
    const copy = await buffer(file);
    await closed;
    expect(copy).toEqual(Buffer.concat(whole));
    expect(watch.drops.map(({ frame }) => frame)).toEqual([1, 2]);
  });

  test('a stream that ends in mid-record keeps what was whole', async () => {
    const { watch, write, stream } = await started();
    write(logged(udp(ue, pcscf, 'x')), logged(udp(ue, pcscf, 'x')).subarray(0, 30));
    stream.destroy();
    await expect(watch.ended).resolves.toMatchObject({ code: 'PCAP_TRUNCATED' });
    expect(watch.drops).toHaveLength(1);
  });
});

describe('a running attempt', () => {
  const packet = udp(ue, pcscf, sipRegister());

  test('is hopeless once a decisive drop of its own socket is known', async () => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch);
    watched.addFlow(flow());
    write(logged(packet));
    await expect(watched.hopeless).resolves.toMatchObject({
      drop: { rule: 'T3-SIP-UDP' },
      match: { matchedBy: 'five-tuple' },
    });
  });

  test('also when the drop was known before the socket was told, or the watch began', async () => {
    const { watch, write } = await started();
    write(logged(packet));
    const watched = attemptWatch(watch);
    expect(watched.reason).toBeUndefined();
    write(logged(packet, start + 200));
    expect(watched.reason).toBeUndefined();
    watched.addFlow(flow());
    expect(watched.reason).toMatchObject({ drop: { at: start + 100 } });
  });

  test('also by an identifier, told before or after', async () => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch);
    write(logged(udp(nat, pcscf, sipRegister({ branch: 'z9hG4bKz' }))));
    watched.addIdentifier({ attempt: 'a1', kind: 'sip-branch', value: 'z9hG4bKy' });
    expect(watched.reason).toBeUndefined();
    watched.addIdentifier({ attempt: 'a1', kind: 'sip-branch', value: 'z9hG4bKz' });
    expect(watched.reason).toMatchObject({ match: { matchedBy: 'sip-branch' } });
  });

  test.each<[string, Buffer]>([
    ['a rule that is not decisive', logged(packet, start + 100, 'STALE')],
    ['an unknown rule', logged(packet, start + 100, 'NEW')],
    ["somebody else's packet", logged(udp(nat, pcscf, 'x'))],
    ['a packet from before it began', logged(packet, start - 100)],
  ])('goes on after %s', async (_, bytes) => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch);
    watched.addFlow(flow());
    write(bytes);
    expect(watched.reason).toBeUndefined();
  });

  test('has one reason, the first', async () => {
    const { watch, write } = await started();
    write(logged(packet), logged(packet, start + 500));
    const watched = attemptWatch(watch);
    watched.addFlow(flow({ at: start + 400 }));
    expect(watched.reason).toMatchObject({ drop: { at: start + 500 } });
    watched.addFlow(flow());
    expect(watched.reason).toMatchObject({ drop: { at: start + 500 } });
  });

  test('is not looked at any more when it is over', async () => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch);
    watched.addFlow(flow());
    watched[Symbol.dispose]();
    write(logged(packet));
    expect(watched.reason).toBeUndefined();
  });
});

describe('behind a proxy', () => {
  const connect: Flow = flow({ protocol: 'tcp', remote: proxyEnd, connect: 'pcscf.example:443' });
  const leg = { ip: proxyEnd.ip, port: 51000 };
  const server = { ip: '198.18.0.10', port: 443 };
  const asked = (...flows: Flow[]): ProxyTrace => ({
    ...proxyTrace(),
    tunnels: flows.map((each) => ({ flow: each, closedAt: Infinity })),
  });
  const another: Flow = { ...connect, attempt: 'a2', local: { ...ue, port: 32769 } };

  test.each([
    ['to', tcp(leg, server, 'S')],
    ['from', tcp(server, leg, 'S.')],
  ])(
    "a decisive drop of a packet %s the CONNECT's target is its own, where no other asked for that",
    async (_, packet) => {
      const { watch, write } = await started();
      const watched = attemptWatch(watch, { proxy: asked(connect) });
      watched.addFlow(connect);
      write(logged(packet));
      expect(watched.reason).toMatchObject({ match: { matchedBy: 'sole-connect', flow: connect } });
    },
  );

  test.each([
    ['another target', tcp(leg, { ...server, ip: '198.18.0.11' }, 'S')],
    ['another port of the target', tcp(leg, { ...server, port: 5061 }, 'S')],
    ['an answer to another node', tcp(server, { ip: '10.89.8.9', port: 51000 }, '.')],
    ['another node', tcp({ ip: '10.89.8.9', port: 51000 }, server, 'S')],
    ['another protocol', udp(leg, server, 'x')],
  ])('%s is not', async (_, packet) => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch, { proxy: asked(connect) });
    watched.addFlow(connect);
    write(logged(packet));
    expect(watched.reason).toBeUndefined();
  });

  test('what the proxy still sends of an attempt before is not, another connection of it is', async () => {
    const { watch, write } = await started();
    const before = { ...another, at: connect.at - 400 };
    write(logged(tcp(leg, server, 'S'), connect.at - 300));
    const watched = attemptWatch(watch, { proxy: asked(before, connect) });
    watched.addFlow(connect);
    // The proxy's kernel repeats the SYN long after the attempt that it belongs to.
    write(logged(tcp(leg, server, 'S'), start + 200));
    expect(watched.reason).toBeUndefined();
    write(logged(tcp({ ...leg, port: 51001 }, server, 'S'), start + 300));
    expect(watched.reason).toMatchObject({ match: { matchedBy: 'sole-connect' } });
  });

  test('where another attempt asked for the same, the proxy can tell later whose it was', async () => {
    const { watch, write } = await started();
    const log: ProxyLogEntry[] = [];
    const watched = attemptWatch(watch, { proxy: { ...asked(connect, another), log } });
    watched.addFlow(connect);
    write(logged(tcp(leg, server, 'S')));
    expect(watched.reason).toBeUndefined();
    const line = `${(start + 900) / 1000}00 ${ue.ip}:32769 TCP_TUNNEL/200 CONNECT pcscf.example:443 198.18.0.10:443 51001 - 39 -/-`;
    log.push(...proxyTrace(line).log);
    watched.lookAgain();
    expect(watched.reason).toMatchObject({ match: { flow: connect } });
  });

  test('a CONNECT to another proxy has no part in it', async () => {
    const { watch, write } = await started();
    const elsewhere = { ...connect, remote: { ip: '10.89.8.7', port: 3128 } };
    const watched = attemptWatch(watch, { proxy: asked(elsewhere) });
    watched.addFlow(elsewhere);
    write(logged(tcp(leg, server, 'S')));
    expect(watched.reason).toBeUndefined();
  });

  test('without a CONNECT of its own there is none', async () => {
    const { watch, write } = await started();
    const watched = attemptWatch(watch, { proxy: asked(another) });
    watched.addFlow(flow({ protocol: 'tcp', remote: server }));
    write(logged(tcp(leg, server, 'S')));
    expect(watched.reason).toBeUndefined();
  });
});

describe('an attempt with several sockets', () => {
  const first = flow();
  const second = flow({ local: { ...ue, port: 32769 } });

  test('is told each of which nothing can come any more, once', async () => {
    const { watch, write } = await started();
    const hopeless: number[] = [];
    const watched = attemptWatch(watch, { onHopelessFlow: ({ local }) => hopeless.push(local.port) });
    watched.addFlow(first);
    watched.addFlow(second);
    write(logged(udp(second.local, pcscf, 'x')));
    write(logged(udp(second.local, pcscf, 'x'), start + 200));
    expect(hopeless).toEqual([32769]);
    write(logged(udp(first.local, pcscf, 'x'), start + 300));
    expect(hopeless).toEqual([32769, 32768]);
  });

  test('what only an identifier ties to it is its signalling, the first of them', async () => {
    const { watch, write } = await started();
    const hopeless: number[] = [];
    const watched = attemptWatch(watch, { onHopelessFlow: ({ local }) => hopeless.push(local.port) });
    // The question to the DNS comes before any signalling.
    watched.addFlow({ ...first, local: { ...ue, port: 32767 }, remote: { ip: '198.19.0.53', port: 53 } });
    watched.addFlow(first);
    watched.addFlow(second);
    watched.addIdentifier({ attempt: 'a1', kind: 'sip-branch', value: 'z9hG4bKz' });
    write(logged(udp(nat, pcscf, sipRegister({ branch: 'z9hG4bKz' }))));
    expect(hopeless).toEqual([32768]);
  });
});
