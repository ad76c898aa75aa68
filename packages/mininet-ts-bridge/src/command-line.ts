import { readFileSync } from 'node:fs';

/** Finds a running network again, also from another process of the same user. It can be kept as JSON. */
export interface NetworkHandle {
  /** PID 1 of the network, as numbered outside. */
  readonly initPid: number;
  /** When it started, in clock ticks since boot (proc(5), field 22): tells it from a later process of that number. */
  readonly startTicks: string;
  /** True where the network has a user namespace, which it has unless root made it. */
  readonly userNamespace: boolean;
}

export interface CommandPlace {
  /** Host to run in. Default: the namespace of the switches. */
  readonly host?: string;
  /** Working directory, as seen inside. Default: `/`. */
  readonly cwd?: string;
}

/**
 * The command line that runs `argv` in a running network; a pure function, so a process that only has the handle can
 * use it, with a terminal too: `spawn(argv[0], argv.slice(1), { stdio: 'inherit' })`. The command gets SIGTERM when
 * the process that the command line starts is gone.
 */
export function nsenterArgv(
  { initPid, userNamespace }: Pick<NetworkHandle, 'initPid' | 'userNamespace'>,
  { host, cwd }: CommandPlace,
  argv: readonly string[],
): string[] {
  return [
    'nsenter',
    ...['-t', String(initPid)],
    ...(userNamespace ? ['-U'] : []),
    ...['-m', '-p'],
    host === undefined ? '-n' : `--net=/proc/${initPid}/root/run/netns/${host}`,
    ...['setpriv', '--pdeathsig', 'TERM'],
    // nsenter looks its own --wd up before it enters.
    ...(cwd === undefined ? [] : ['env', '-C', cwd]),
    ...argv,
  ];
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets. */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Says whether the network of the handle still runs. */
export function isRunning(handle: NetworkHandle): boolean {
  return startTicksOf(handle.initPid) === handle.startTicks;
}
