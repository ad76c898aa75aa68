import fc from 'fast-check';
import { knobsSchema, protocolNumbers, type IpProtocol, type Knobs, type PortRule } from '../knobs';

const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 8 });

const portRule: fc.Arbitrary<PortRule> = fc.oneof(
  fc.constantFrom('any' as const, 'none' as const),
  fc.record({ only: ports }),
  fc.record({ except: fc.oneof(ports, fc.constantFrom([5060], [5061, 5060])) }),
);

/** Any knob vector that the schema accepts. */
export const anyKnobs: fc.Arbitrary<Knobs> = fc
  .record({
    napt: fc.boolean(),
    unsolicitedInbound: fc.constantFrom('allow' as const, 'deny' as const),
    protocols: fc.oneof(
      fc.constant('any' as const),
      fc.uniqueArray(fc.constantFrom(...(Object.keys(protocolNumbers) as IpProtocol[]))),
    ),
    udp: portRule,
    tcp: portRule,
    inspect80: fc.constantFrom('none' as const, 'http' as const),
    inspect443: fc.constantFrom('none' as const, 'tls' as const),
    payload: fc.constantFrom('none' as const, 'readable' as const),
    nullSuites: fc.constantFrom('allow' as const, 'deny' as const),
    proxy: fc.constantFrom('none' as const, 'mandatory' as const, 'intercepting' as const),
    connectPorts: ports,
    proxyAuthentication: fc.constantFrom('none' as const, 'basic' as const),
    idle: fc.oneof(fc.constant('none' as const), fc.integer({ min: 1, max: 86_400 })),
    verdict: fc.constantFrom('drop' as const, 'reject' as const),
  })
  .filter((knobs) => knobsSchema.safeParse(knobs).success);
