import type { Flow } from '../../nodes/ue/protocol';
import { defaultSlack, type ProxyTrace } from './trace';
import { endsOf, proxyLegs } from './proxy-legs';
import { dropOf, flow, proxyEnd, proxyTrace, start, ue } from './testing/attempts';
import { tcp } from './testing/builders';
import type { Drop } from './drop';

/**
 * Tests which CONNECT a connection of the proxy was opened for, when the firewall denied the connection's first
 * packet.
 */

const pcscf = { ip: '198.18.0.10', port: 443 };
const turn = { ip: '198.18.0.20', port: 443 };
const names = { 'pcscf.example': pcscf.ip, 'turn.example': turn.ip };

/** Returns the CONNECT from this port of the UE, `after` ms after the start. */
const connect = (port: number, after: number, target = 'pcscf.example:443'): Flow =>
  flow({
    attempt: `a${port}`,
    at: start + after,
    protocol: 'tcp',
    local: { ...ue, port },
    remote: proxyEnd,
    connect: target,
  });

/** Returns the drop of a SYN of the proxy from this port, `after` ms after the start. */
const syn = (port: number, after: number, server = pcscf): Drop =>
  dropOf(tcp({ ip: proxyEnd.ip, port }, server, 'S'), start + after);

const line = (port: number, status: string, leg: number): string =>
  `${(start / 1000 + 3).toFixed(3)} ${ue.ip}:${port} ${status} CONNECT pcscf.example:443 198.18.0.10:443 ${leg} - 39 -/-`;

function trace(
  flows: readonly Flow[],
  lines: readonly string[] = [],
  closed: Record<number, number> = {},
): ProxyTrace {
  const tunnels = flows.map((each) => ({
    flow: each,
    closedAt: start + (closed[each.local.port] ?? Infinity),
  }));
  return { ...proxyTrace(...lines), names, tunnels };
}

/** Maps the proxy's ports to the UE's ports. */
function ties(drops: readonly Drop[], proxy: ProxyTrace): Record<number, number> {
  const legs = proxyLegs(drops, proxy, defaultSlack);
  const pairs = drops.flatMap(({ packet }) => {
    const served = legs.get(endsOf(packet));
    return served && packet.sport !== undefined ? [[packet.sport, served.local.port] as const] : [];
  });
  return Object.fromEntries<number>(pairs);
}

test.each<[string, Drop[], ProxyTrace, Record<number, number>]>([
  ['the only CONNECT that asked for it', [syn(51000, 20)], trace([connect(1, 10)]), { 51000: 1 }],
  ['none that asked for something else', [syn(51000, 20, turn)], trace([connect(1, 10)]), {}],
  [
    'that which asked for this of two targets',
    [syn(51000, 20), syn(51001, 20, turn)],
    trace([connect(1, 10, 'turn.example:443'), connect(2, 10)]),
    { 51000: 2, 51001: 1 },
  ],
  ['none that was asked later', [syn(51000, 20)], trace([connect(1, 71)]), {}],
  ['not one of two that are open', [syn(51000, 20)], trace([connect(1, 10), connect(2, 11)]), {}],
  [
    'each of two where two were denied',
    [syn(51000, 20), syn(51001, 21)],
    trace([connect(1, 10), connect(2, 11)]),
    { 51000: 1, 51001: 2 },
  ],
  [
    'the other where one has its connection, as squid logs it',
    [syn(51000, 20)],
    trace([connect(1, 10), connect(2, 11)], [line(1, 'TCP_TUNNEL/200', 51001)]),
    { 51000: 2 },
  ],
  [
    'the other where one was refused',
    [syn(51000, 20)],
    trace([connect(1, 10), connect(2, 11)], [line(1, 'TCP_DENIED/403', 0)]),
    { 51000: 2 },
  ],
  [
    'not the other where one failed, perhaps of this',
    [syn(51000, 20)],
    trace([connect(1, 10), connect(2, 11)], [line(1, 'NONE_NONE/503', 0)]),
    {},
  ],
  [
    'the later where the earlier one had one before',
    [syn(51000, 20), syn(51001, 500), syn(51000, 1020)],
    trace([connect(1, 10), connect(2, 490)]),
    { 51000: 1, 51001: 2 },
  ],
  [
    'none of which all was known before',
    [syn(51000, 500)],
    trace([connect(1, 10), connect(2, 490)], [], { 1: 400 }),
    { 51000: 2 },
  ],
  [
    'nobody whom the log contradicts',
    [syn(51000, 20)],
    trace([connect(1, 10)], [line(9, 'TCP_TUNNEL/200', 51000)]),
    {},
  ],
  [
    'whom is left of three, one after the other',
    [syn(51000, 20), syn(51001, 600), syn(51002, 1200)],
    trace([connect(1, 10), connect(2, 590), connect(3, 1190)]),
    { 51000: 1, 51001: 2, 51002: 3 },
  ],
])('a connection of the proxy served %s', (_, drops, proxy, expected) => {
  expect(ties(drops, proxy)).toEqual(expected);
  expect(ties([...drops].reverse(), proxy)).toEqual(expected);
});
