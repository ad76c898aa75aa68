/** What every option of a scenario has. */
interface AnyOption<F extends string, V> {
  /** Its name in plans and results; if it has a flag, this is the flag in camel case. */
  readonly name: string;
  /** Its form on the command line. An option without a flag cannot be set there. */
  readonly flag?: F;
  /** Text for the help. */
  readonly description: string;
  /** The value if the user sets none. */
  readonly initial: V;
}

/** A whole number that a user may choose for a scenario; its flag is such as `--media-seconds <seconds>`. */
export interface NumberOption extends AnyOption<`--${string} <${string}>`, number> {
  /** How an error message names a valid value, if "a whole number" is not enough. */
  readonly what?: string;
  readonly least: number;
  readonly most: number;
}

/** Something that a user may have a scenario do or not; its flag says yes. */
export interface YesNoOption extends AnyOption<`--${string}`, boolean> {
  readonly isYesNo: true;
}

/** A choice that a user has in a scenario. */
export type ScenarioOption = NumberOption | YesNoOption;

/** The values that the user set, by the names of the options. */
export type OptionValues = Readonly<Record<string, number | boolean>>;

/** Returns the value of an option: the user's, or else its initial one. */
export const valueOf = <O extends ScenarioOption>(values: OptionValues, { name, initial }: O): O['initial'] =>
  values[name] ?? initial;

const seconds = { what: 'a whole number of seconds', least: 1, most: 3600 } as const;

/** Seconds that each call talks. */
export const mediaSeconds: NumberOption = {
  ...seconds,
  name: 'mediaSeconds',
  flag: '--media-seconds <seconds>',
  description: 'how long a call talks',
  initial: 3,
};

/**
 * How many cells of calls are played at once, on all networks together. With more of them the run ends sooner, but
 * the times that are measured then tell more about the machine than about the calls. On two processors the median
 * jitter was 3 ms with 8 cells at once; without a limit it was 13 to 16 ms, in runs that were 2 s shorter.
 */
export const callsAtOnce: NumberOption = {
  name: 'callsAtOnce',
  flag: '--calls-at-once <cells>',
  description: 'call: how many cells talk at once; with fewer, times tell less of this machine',
  least: 1,
  most: 1000,
  initial: 8,
};

/** Bytes that an MSRP session carries each way. */
export const msrpBytes: NumberOption = {
  name: 'msrpBytes',
  description: 'msrp: how much a session carries each way, bytes',
  least: 1,
  most: 1024 * 1024 * 1024,
  initial: 1024 * 1024,
};

/** Seconds after which firewalls forget idle connections, in scenarios that are about idle connections. */
export const idleSeconds: NumberOption = {
  ...seconds,
  name: 'idleSeconds',
  flag: '--idle-seconds <seconds>',
  description: 'keepalive: after how long firewalls and proxies forget what is idle',
  initial: 2,
};

/** Whether the old network is gone before the UE has the new one. */
export const breakBeforeMake: YesNoOption = {
  isYesNo: true,
  name: 'breakBeforeMake',
  flag: '--break-before-make',
  description: 'access-change: the old network is gone before the UE has the new one',
  initial: false,
};
