import { isInTls, rungOf } from '../ladder';
import { defineBox, type Box, type Image } from './box';
import type { Program } from './program';
import type {
  Abandon,
  AttemptReport,
  Capabilities,
  EspSa,
  Flow,
  Identifier,
  KeyLog,
  Reachable,
  ServiceRequest,
  Talking,
  UeConfig,
} from './ue/protocol';
import { ueNode } from './ue/ue-node';
import type { Wanted } from './wanted';

/**
 * Listeners for the phone's notifications. They are called in the order of these, before the
 * report of the attempt is there.
 */
export interface PhoneEvents {
  flow?(flow: Flow): void;
  identifier?(identifier: Identifier): void;
  keylog?(keyLog: KeyLog): void;
  espSa?(espSa: EspSa): void;
  reachable?(reachable: Reachable): void;
  talking?(talking: Talking): void;
}

/**
 * A phone that makes attempts for the lab. The reference UE (`nodes/ue/`) is one; any program that speaks the
 * protocol of `nodes/ue/protocol.ts` is another.
 */
export interface Phone {
  /** The capabilities that the phone declares; they are there once it is ready. */
  readonly capabilities: Capabilities;
  /**
   * Has the phone make one attempt. The report says if the attempt failed, or if the phone cannot do it.
   * @param action a method of the protocol whose result is a report
   * @throws UeError if the phone broke the protocol or has ended
   */
  attempt(action: string, request: ServiceRequest): Promise<AttemptReport>;
  /** Has the phone end at once an attempt, or what the attempt does over one of its ways. */
  abandon(what: Abandon): void;
  /** Adds listeners for the phone's notifications. @returns a function that removes them */
  on(events: PhoneEvents): () => void;
}

/** For each capability, the value that is asked for and the word that names it. */
const askedFor: Readonly<
  Record<
    Exclude<keyof Capabilities, 'sockets'>,
    (wanted: Wanted) => readonly [what: string, value: string | number]
  >
> = {
  actions: ({ action }) => ['action', action],
  steps: ({ rung }) => ['step', rung.step],
  servers: ({ rung }) => ['server', rung.server],
  transports: ({ rung }) => ['transport', rung.transport],
  throughs: ({ rung }) => ['way', rung.through],
  securities: ({ rung }) => ['security', rung.security],
  suites: ({ suite }) => ['suite', suite],
};

/** What a phone can do that does not mention it. All else it can do without limit. */
const usual: Partial<Capabilities> = { securities: ['digest'] };

/**
 * Says in words which requested capability the phone lacks; undefined if it can do all. A capability that the phone
 * does not mention is not limited, except that IMS AKA takes a phone that says so.
 */
export function lackingIn(capabilities: Capabilities, wanted: Wanted): string | undefined {
  const words = lackIn(capabilities, wanted);
  return words && `the phone ${words}`;
}

/** Says the same in words that complete the phone's name, such as `has no suite null`. */
export function lackIn(capabilities: Capabilities, wanted: Wanted): string | undefined {
  for (const [name, find] of Object.entries(askedFor) as [
    keyof typeof askedFor,
    (typeof askedFor)['steps'],
  ][]) {
    const [what, value] = find({ ...wanted, rung: rungOf(wanted.rung) });
    const known: readonly (string | number)[] | undefined = capabilities[name] ?? usual[name];
    // Without TLS no suite is agreed on, so the suite does not matter.
    if (name === 'suites' && !isInTls(wanted.rung)) continue;
    if (known && !known.includes(value)) return `has no ${what} ${value}`;
  }
  return undefined;
}

/** Makes the report of an attempt that a phone does not make because it cannot. */
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
  /**
   * Returns the command, as argv, that runs the phone in its folder. The folder holds its configuration, `ue.json`,
   * and the certificate of the lab's CA, `trust.pem`.
   */
  command(config: UeConfig, folder: string): string[];
  /** Returns its files besides those two, by name relative to its folder. */
  files?(config: UeConfig, folder: string): Record<string, string>;
  /** The programs that it runs; doctor looks for them, and the result names their versions. */
  readonly programs?: readonly Program[];
  /** The image of its containers; the reference UE's by default. */
  readonly image?: Image;
}

/** Makes a box of a phone. In a registry it takes the place of the reference UE behind every firewall. */
export function definePhone(phone: PhoneDeclaration): Box<UeConfig, 'ue'> {
  return defineBox<UeConfig, 'ue', Record<string, never>>({
    ...ueNode,
    ...phone,
    files: (config, folder) => ({ ...ueNode.files(config, folder), ...phone.files?.(config, folder) }),
  });
}
