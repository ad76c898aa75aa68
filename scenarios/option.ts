/** A whole number that a user may choose for a scenario. */
export interface ScenarioOption {
  /** Its name in plans and results; where it has a flag, the flag in camel case. */
  readonly name: string;
  /** As the command line takes it, such as `--media-seconds <seconds>`; one without cannot be chosen there. */
  readonly flag?: `--${string}`;
  /** For the help. */
  readonly description: string;
  /** What it is, where that is more than a whole number, as an error says it. */
  readonly what?: string;
  readonly least: number;
  readonly most: number;
  /** The value where the user chose none. */
  readonly initial: number;
}

/** What was chosen, by the options' names. */
export type OptionValues = Readonly<Record<string, number>>;

/** What was chosen of an option. */
export const valueOf = (values: OptionValues, { name, initial }: ScenarioOption): number =>
  values[name] ?? initial;

const seconds = { what: 'a whole number of seconds', least: 1, most: 3600 } as const;

/** How long each call talks. */
export const mediaSeconds: ScenarioOption = {
  ...seconds,
  name: 'mediaSeconds',
  flag: '--media-seconds <seconds>',
  description: 'how long a call talks',
  initial: 3,
};

/**
 * How many cells of calls are played at once, on all networks. Many are done sooner, and what is then measured of their
 * time tells how the machine copes. On two processors the median jitter with 8 was 3 ms; without a limit 13 to 16 ms, in runs
 * that were 2 s shorter.
 */
export const callsAtOnce: ScenarioOption = {
  name: 'callsAtOnce',
  flag: '--calls-at-once <cells>',
  description: 'call: how many cells talk at once; with fewer, times tell less of this machine',
  least: 1,
  most: 1000,
  initial: 8,
};

/** How much an MSRP session carries each way, bytes. */
export const msrpBytes: ScenarioOption = {
  name: 'msrpBytes',
  description: 'msrp: how much a session carries each way, bytes',
  least: 1,
  most: 1024 * 1024 * 1024,
  initial: 1024 * 1024,
};

/** After how many seconds firewalls forget idle connections, in scenarios that are about that. */
export const idleSeconds: ScenarioOption = {
  ...seconds,
  name: 'idleSeconds',
  flag: '--idle-seconds <seconds>',
  description: 'keepalive: after how long firewalls and proxies forget what is idle',
  initial: 2,
};
