import { bridgeError } from './expect-error';
import { planShaping, type ShapingFeatures } from './shaping';
import { Topo, type LinkOptions } from './topo';
import { wire, type Wiring } from './wiring';

const all: ShapingFeatures = { netem: true, tbf: true, ingress: true, egress: true };
const none: ShapingFeatures = { netem: false, tbf: false, ingress: false, egress: false };

function hostToSwitch(options: LinkOptions): Wiring {
  return wire(new Topo().host('h').switch('s').link('h', 's', options));
}

describe('planShaping', () => {
  test('uses netem and beneath it tbf where the kernel has both', () => {
    const { tc, nft } = planShaping(hostToSwitch({ bw: 10, delay: 2.5, loss: 1 }), all);
    // 10 Mbit/s is 12500 bytes in the 10 ms of burst.
    const lines = (device: string): string[] => [
      `qdisc add dev ${device} root handle 1: netem limit 10000 delay 2500us loss 1%`,
      `qdisc add dev ${device} parent 1:1 handle 10: tbf rate 10000000bit burst 12500 latency 50ms`,
    ];
    expect(tc.get('h')).toEqual(lines('h-eth0'));
    expect(tc.get(undefined)).toEqual(lines('s-eth1'));
    expect(nft.size).toBe(0);
  });

  test('loses packets of both directions at the switch port when there is no netem', () => {
    const { nft } = planShaping(hostToSwitch({ loss: 2 }), { ...none, ingress: true, egress: true });
    const rule = (hook: string, index: number): string =>
      `chain loss_${index} { type filter hook ${hook} device "s-eth1" priority 0; numgen random mod 1000000 < 20000 drop; }`;
    expect(nft.get(undefined)).toEqual([rule('ingress', 0), rule('egress', 1)]);
    expect(nft.has('h')).toBe(false);
  });

  test('loses at both ends on the way in where chains for outgoing packets are missing', () => {
    const { nft } = planShaping(hostToSwitch({ loss: 100 }), { ...none, ingress: true });
    const rule = (device: string): string =>
      `chain loss_0 { type filter hook ingress device "${device}" priority 0; drop; }`;
    expect([nft.get('h'), nft.get(undefined)]).toEqual([[rule('h-eth0')], [rule('s-eth1')]]);
  });

  test('leaves a link alone that wants nothing', () => {
    const { tc, nft } = planShaping(hostToSwitch({ delay: 0, loss: 0 }), none);
    expect([tc.size, nft.size]).toEqual([0, 0]);
  });

  test.each<[LinkOptions, ShapingFeatures, string]>([
    [
      { delay: 5 },
      { ...all, netem: false },
      'link h - s: delay needs the netem queueing discipline, which this kernel does not have; ' +
        'load the module sch_netem or leave delay out',
    ],
    [
      { bw: 5 },
      { ...all, tbf: false },
      'link h - s: bw needs the tbf queueing discipline, which this kernel does not have; ' +
        'load the module sch_tbf or leave bw out',
    ],
    [
      { loss: 5 },
      none,
      'link h - s: loss needs netem or nftables netdev chains, which this kernel does not have; ' +
        'load the module sch_netem or leave loss out',
    ],
  ])('refuses %j on a kernel without the means', async (options, features, message) => {
    expect(await bridgeError(() => planShaping(hostToSwitch(options), features))).toEqual({
      code: 'UNSUPPORTED_BY_KERNEL',
      message,
    });
  });
});
