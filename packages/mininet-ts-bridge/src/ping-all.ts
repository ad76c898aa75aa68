import type { Host } from './namespace';
import { requirePrograms } from './programs';

export interface PingAllOptions {
  /** Patience for one answer, in milliseconds; whole seconds are used, at least one. Default: 1000. */
  readonly timeoutMs?: number;
}

export interface PingAllResult {
  readonly sent: number;
  readonly received: number;
  /** The loss as Mininet prints it: 0 when every host reached every other. */
  readonly lossPercent: number;
  /** Who got no answer from whom. */
  readonly failures: readonly { readonly from: string; readonly to: string }[];
}

/** Hosts that ping at the same time, and pings of one host at the same time: bounded, whatever the topology. */
const hostsAtOnce = 4;
const pingsAtOnce = 16;

/** Pings in the background, so many at a time, and prints the addresses that answered. */
const script = `
wait_seconds=$1; at_once=$2; shift 2
running=0
for ip in "$@"; do
  { ping -n -q -c 1 -W "$wait_seconds" "$ip" >/dev/null 2>&1 && echo "$ip"; } &
  running=$((running + 1))
  if [ $running -ge "$at_once" ]; then wait; running=0; fi
done
wait
`;

/** Every host with an address pings every other host's first address once. */
export async function pingAll(
  hosts: readonly Host[],
  { timeoutMs = 1000 }: PingAllOptions,
): Promise<PingAllResult> {
  requirePrograms(['ping']);
  const targets = hosts.flatMap(({ name, ip }) => (ip === undefined ? [] : [{ name, ip }]));
  const failures: { from: string; to: string }[] = [];
  const queue = hosts.filter(({ ip }) => ip !== undefined);
  const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
  const next = async (): Promise<void> => {
    for (let host = queue.shift(); host; host = queue.shift()) {
      const from = host.name;
      const others = targets.filter(({ name }) => name !== from);
      const argv = [
        'sh',
        '-c',
        script,
        'ping-all',
        seconds,
        String(pingsAtOnce),
        ...others.map(({ ip }) => ip),
      ];
      const answered = new Set((await host.run(argv)).split('\n'));
      failures.push(...others.filter(({ ip }) => !answered.has(ip)).map(({ name }) => ({ from, to: name })));
    }
  };
  await Promise.all(Array.from({ length: hostsAtOnce }, next));
  const sent = targets.length * Math.max(0, targets.length - 1);
  const received = sent - failures.length;
  return { sent, received, lossPercent: sent === 0 ? 0 : (100 * failures.length) / sent, failures };
}
