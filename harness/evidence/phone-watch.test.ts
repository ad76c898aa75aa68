import { PassThrough } from 'node:stream';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import type { ObservedAttempt } from './observed-attempt';
import { PhoneWatch } from './phone-watch';
import { pcscf, proxyEnd, start, ue } from './testing/attempts';
import { pcap, recordAt, sipRegister, tcp, udp } from './testing/builders';

/** Observes attempts of a phone at `ue` by packets, each a millisecond after the one before. */
class Scene {
  readonly flows: Flow[] = [];
  readonly identifiers: Identifier[] = [];
  private readonly stream = new PassThrough();
  private readonly watch = new PhoneWatch(this.stream, 'ue-8', ue.ip);
  private at = start;
  private begun = false;

  attempt(attempt = 'a1'): ObservedAttempt {
    return this.watch.observe({
      ...{ attempt, subnet: '10.89.8.0/24', proxy: proxyEnd.ip, startedAt: this.at },
      onFlow: (flow) => this.flows.push(flow),
      onIdentifier: (identifier) => this.identifiers.push(identifier),
    });
  }

  async see(...packets: Uint8Array[]): Promise<void> {
    // The link type of raw IPv4 (LINKTYPE_RAW).
    const whole = pcap(
      packets.map((packet) => recordAt(++this.at, packet)),
      { linkType: 101 },
    );
    this.stream.write(this.begun ? whole.subarray(24) : whole);
    this.begun = true;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const server = { ip: '198.18.0.10', port: 443 };
const client = { ip: ue.ip, port: 40001 };
const anyWay = { leadsToServer: () => true, isOfRung: () => true };
const connect = 'CONNECT pcscf.example:443 HTTP/1.1\r\nHost: pcscf.example\r\n\r\n';

it('tells a socket and the identifiers in its packets, once, as a phone would', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  await scene.see(udp(ue, pcscf, sipRegister()), udp(ue, pcscf, sipRegister()), udp(pcscf, ue, 'x'));
  expect(scene.flows).toEqual([{ attempt: 'a1', at: start + 1, protocol: 'udp', local: ue, remote: pcscf }]);
  expect(scene.identifiers.map(({ kind, value }) => [kind, value])).toEqual([
    ['sip-branch', 'z9hG4bKone'],
    ['sip-call-id', 'call-1'],
  ]);
  const { toServer, besides } = attempt.waysOf(anyWay, true);
  expect(toServer).toEqual([{ protocol: 'udp', local: ue, remote: pcscf, answered: true }]);
  expect(besides).toEqual([]);
});

it('tells a connection to the proxy with its CONNECT, and what the tunnel brought', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  await scene.see(tcp(client, proxyEnd, 'S', 100));
  expect(scene.flows).toEqual([]);
  await scene.see(
    tcp(proxyEnd, client, 'S.', 500),
    tcp(client, proxyEnd, 'P.', 101, connect),
    tcp(proxyEnd, client, 'P.', 501, 'HTTP/1.1 200 OK\r\n\r\n'),
  );
  expect(scene.flows.map(({ at, connect: target }) => [at, target])).toEqual([
    [start + 1, 'pcscf.example:443'],
  ]);
  const isAnswered = () => attempt.waysOf(anyWay, false).toServer[0]?.answered;
  expect(isAnswered()).toBe(false);
  await scene.see(tcp(proxyEnd, client, 'P.', 520, 'from the server'));
  expect(isAnswered()).toBe(true);
});

it('does not wait for the CONNECT of a proxy that does not answer', async () => {
  const scene = new Scene();
  using _ = scene.attempt();
  await scene.see(tcp(client, proxyEnd, 'S', 100), tcp(client, proxyEnd, 'S', 100));
  expect(scene.flows.map(({ remote, connect: target }) => [remote, target])).toEqual([[proxyEnd, undefined]]);
});

it('takes what an earlier attempt left for no way of the next, unless it is used', async () => {
  const scene = new Scene();
  const first = scene.attempt('first');
  await scene.see(tcp(client, server, 'S', 100), tcp(client, server, 'P.', 101, 'hello'));
  first[Symbol.dispose]();
  using _ = scene.attempt('next');
  await scene.see(tcp(client, server, 'P.', 101, 'hello'), tcp(client, server, 'F.', 106));
  expect(scene.flows.map(({ attempt }) => attempt)).toEqual(['first']);
  await scene.see(tcp(client, server, 'P.', 106, 'more'));
  expect(scene.flows.map(({ attempt }) => attempt)).toEqual(['first', 'next']);
});

it('a packet that stays in the network or belongs to another shows no way', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  await scene.see(
    udp(ue, { ip: '10.89.8.1', port: 5351 }, 'NAT-PMP'),
    udp(ue, { ip: '224.0.0.251', port: 5353 }, 'mDNS'),
    udp({ ip: '10.89.8.9', port: 5060 }, pcscf, 'somebody else'),
  );
  expect(scene.flows).toEqual([]);
  expect(attempt.waysOf(anyWay, false)).toEqual({ toServer: [] });
});

it('makes one attempt at a time', () => {
  const scene = new Scene();
  using _ = scene.attempt('first');
  expect(() => scene.attempt('second')).toThrow('first is not over, and second begins');
});

it('leaves out what the phone tries once more after it has decided', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  const again = { ip: ue.ip, port: 40002 };
  const elsewhere = { ip: server.ip, port: 5061 };
  await scene.see(tcp(client, server, 'S', 100), tcp(again, server, 'S', 500));
  await scene.see(tcp({ ip: ue.ip, port: 40003 }, elsewhere, 'S', 900));
  attempt.endWith(start + 1);
  const { toServer } = attempt.waysOf(anyWay, false);
  // The second one leads where the first one led. The third one nobody has tried before, so it counts.
  expect(toServer.map(({ local, remote }) => [local.port, remote.port])).toEqual([
    [40001, 443],
    [40003, 5061],
  ]);
  expect(attempt.flows.map(({ local }) => local.port)).toEqual([40001, 40003]);
});

it('leaves out no way by which the phone had begun to try again when it decided', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  await scene.see(tcp(client, server, 'S', 100), tcp({ ip: ue.ip, port: 40002 }, server, 'S', 500));
  attempt.endWith(start + 2);
  expect(attempt.waysOf(anyWay, false).toServer).toHaveLength(2);
});

it('a question to a DNS server is a way as long as it has no answer', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  const [asking, resolver] = [
    { ip: ue.ip, port: 40010 },
    { ip: '198.19.0.53', port: 53 },
  ];
  const ways = () =>
    attempt.waysOf({ ...anyWay, leadsToServer: ({ remote }) => remote.ip === pcscf.ip }, true);
  await scene.see(udp(asking, resolver, 'question'));
  expect(ways().toServer).toMatchObject([{ remote: resolver, answered: false }]);
  await scene.see(udp(resolver, asking, 'answer'));
  // Nothing else was sent, and who has heard the DNS only has not heard the server.
  expect(ways().toServer).toEqual([]);
});

it('a phone that went to the server by other ways only has not tried the rung', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  const rung = {
    ...anyWay,
    isOfRung: ({ remote }: { remote: { port: number } }) => remote.port === server.port,
  };
  expect(attempt.waysOf(rung, false)).toEqual({ toServer: [] });
  await scene.see(udp(ue, pcscf, 'stray'));
  expect(attempt.waysOf(rung, false).astray).toBe(true);
  await scene.see(tcp(client, server, 'S', 100));
  expect(attempt.waysOf(rung, false)).not.toHaveProperty('astray');
});

it('a phone that went elsewhere only has not tried the rung either', async () => {
  const scene = new Scene();
  using attempt = scene.attempt();
  await scene.see(udp(ue, { ip: '198.18.0.99', port: 9999 }, 'stray'));
  const ways = attempt.waysOf({ leadsToServer: () => false, isOfRung: () => false }, false);
  expect(ways).toMatchObject({ astray: true, toServer: [{ remote: { port: 9999 }, aside: true }] });
});
