/** A whole number that a user may choose for a scenario. */
export interface ScenarioOption {
  /** Its name in plans and results; if it has a flag, this is the flag in camel case. */
  readonly name: string;
  /**
   * Its form on the command line, such as `--media-seconds <seconds>`. An option
   * without a flag cannot be set there.
   */
  readonly flag?: `--${string}`;
  /** Text for the help. */
  readonly description: string;
  /** How an error message names a valid value, if "a whole number" is not enough. */
  readonly what?: string;
  readonly least: number;
  readonly most: number;
  /** The value if the user sets none. */
  readonly initial: number;
}

/** The values that the user set, by the names of the options. */
export type OptionValues = Readonly<Record<string, number>>;

/** Returns the value of an option: the user's, or else its initial one. */
export const valueOf = (values: OptionValues, { name, initial }: ScenarioOption): number =>
  values[name] ?? initial;

const seconds = { what: 'a whole number of seconds', least: 1, most: 3600 } as const;

/** Seconds that each call talks. */
export const mediaSeconds: ScenarioOption = {
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
export const callsAtOnce: ScenarioOption = {
  name: 'callsAtOnce',
  flag: '--calls-at-once <cells>',
  description: 'call: how many cells talk at once; with fewer, times tell less of this machine',
  least: 1,
  most: 1000,
  initial: 8,
};

/** Bytes that an MSRP session carries each way. */
export const msrpBytes: ScenarioOption = {
  name: 'msrpBytes',
  description: 'msrp: how much a session carries each way, bytes',
  least: 1,
  most: 1024 * 1024 * 1024,
  initial: 1024 * 1024,
};

/** Seconds after which firewalls forget idle connections, in scenarios that are about idle connections. */
export const idleSeconds: ScenarioOption = {
  ...seconds,
  name: 'idleSeconds',
  flag: '--idle-seconds <seconds>',
  description: 'keepalive: after how long firewalls and proxies forget what is idle',
  initial: 2,
};
