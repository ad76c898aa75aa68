import fc from 'fast-check';
import {
  knobsSchema,
  listedKnobs,
  protocolNumbers,
  type IpProtocol,
  type Knobs,
  type ListedKnob,
  type PortRule,
} from '../knobs';

const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 8 });

const portRule: fc.Arbitrary<PortRule> = fc.oneof(
  fc.constantFrom('any' as const, 'none' as const),
  fc.record({ only: ports }),
  fc.record({ except: fc.oneof(ports, fc.constantFrom([5060], [5061, 5060])) }),
);

const listed = Object.fromEntries(
  Object.entries(listedKnobs).map(([name, values]) => [name, fc.constantFrom<unknown>(...values)]),
) as { [K in ListedKnob]: fc.Arbitrary<Knobs[K]> };

const unlisted: { [K in Exclude<keyof Knobs, ListedKnob>]: fc.Arbitrary<Knobs[K]> } = {
  protocols: fc.oneof(
    fc.constant('any' as const),
    fc.uniqueArray(fc.constantFrom(...(Object.keys(protocolNumbers) as IpProtocol[]))),
  ),
  udp: portRule,
  tcp: portRule,
  connectPorts: ports,
  idle: fc.oneof(fc.constant('none' as const), fc.integer({ min: 1, max: 86_400 })),
};

/** Any knob vector that the schema accepts. */
export const anyKnobs: fc.Arbitrary<Knobs> = fc
  .record({ ...listed, ...unlisted })
  .filter((knobs) => knobsSchema.safeParse(knobs).success);
