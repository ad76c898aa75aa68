import { rungOf, type Rung, type SuiteId } from '../ladder';
import { defineBox, type Box, type Image } from './box';
import type { Program } from './program';
import type {
  Abandon,
  AttemptReport,
  Capabilities,
  Flow,
  Identifier,
  KeyLog,
  Reachable,
  ServiceRequest,
  Talking,
  UeConfig,
} from './ue/protocol';
import { ueNode } from './ue/ue-node';

/** What a phone tells while it works. Called in the order in which it was told, before the report of the attempt. */
export interface PhoneEvents {
  flow?(flow: Flow): void;
  identifier?(identifier: Identifier): void;
  keylog?(keyLog: KeyLog): void;
  reachable?(reachable: Reachable): void;
  talking?(talking: Talking): void;
}

/**
 * A phone as the lab has it make attempts, whatever program it is. The reference UE (`nodes/ue/`) is one; any program that
 * speaks the protocol of `nodes/ue/protocol.ts` is another.
 */
export interface Phone {
  /** What it can do, as it says itself; there once it is ready. */
  readonly capabilities: Capabilities;
  /**
   * Has it make one attempt. That it failed, or that the phone cannot do it, is in the report.
   * @param action a method of the protocol whose result is a report
   * @throws UeError where it broke the protocol or is no more
   */
  attempt(action: string, request: ServiceRequest): Promise<AttemptReport>;
  /** Has it end an attempt, or what it does over one way of it, at once. */
  abandon(what: Abandon): void;
  /** Listens to what it tells. @returns what ends that */
  on(events: PhoneEvents): () => void;
}

/** What a phone is asked for. */
export interface Wanted {
  readonly action: string;
  readonly rung: Rung;
  readonly suite: SuiteId;
}

/** By which field of what is asked for each capability is found. */
const askedFor: Readonly<
  Record<keyof Capabilities, (wanted: Wanted) => readonly [what: string, value: string | number]>
> = {
  actions: ({ action }) => ['action', action],
  steps: ({ rung }) => ['step', rung.step],
  servers: ({ rung }) => ['server', rung.server],
  transports: ({ rung }) => ['transport', rung.transport],
  throughs: ({ rung }) => ['way', rung.through],
  securities: ({ rung }) => ['security', rung.security],
  suites: ({ suite }) => ['suite', suite],
};

/**
 * What a phone lacks of what it is asked for, in words; nothing where it can do it. What it does not speak of is not limited.
 */
export function lackingIn(capabilities: Capabilities, wanted: Wanted): string | undefined {
  for (const [name, find] of Object.entries(askedFor) as [keyof Capabilities, (typeof askedFor)['steps']][]) {
    const [what, value] = find({ ...wanted, rung: rungOf(wanted.rung) });
    const known: readonly (string | number)[] | undefined = capabilities[name];
    // Without TLS no suite is agreed on.
    if (name === 'suites' && wanted.rung.transport !== 'tls') continue;
    if (known && !known.includes(value)) return `the phone has no ${what} ${value}`;
  }
  return undefined;
}

/** The report of an attempt that a phone does not make, as it cannot. */
export const unsupported = (attempt: string, text: string, startedAt = Date.now()): AttemptReport => ({
  attempt,
  startedAt,
  durationMs: 0,
  end: 'unsupported',
  failure: { code: 'UNSUPPORTED', text },
  flows: [],
  identifiers: [],
});

/** A phone of one's own: a program that speaks the protocol of `nodes/ue/protocol.ts` on its stdin and stdout. */
export interface PhoneDeclaration {
  /** The command that runs it in its folder, as argv. `ue.json` there is its configuration, `trust.pem` the lab's CA. */
  command(config: UeConfig, folder: string): string[];
  /** Its files beside those, by name relative to its folder. */
  files?(config: UeConfig, folder: string): Record<string, string>;
  /** The programs that it runs, for doctor and the record. */
  readonly programs?: readonly Program[];
  /** What its containers are made of; the reference UE's image by default. */
  readonly image?: Image;
}

/** A phone as a box: in a registry it takes the place of the reference UE behind every firewall. */
export function definePhone(phone: PhoneDeclaration): Box<UeConfig, 'ue'> {
  return defineBox<UeConfig, 'ue', Record<string, never>>({
    ...ueNode,
    ...phone,
    files: (config, folder) => ({ ...ueNode.files(config, folder), ...phone.files?.(config, folder) }),
  });
}
