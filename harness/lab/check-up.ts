import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint, ProbeRequest } from '../../nodes/ue/protocol';
import { UeError, type UeDriver } from '../../nodes/ue/ue-driver';
import { inspectionQueue } from '../../firewalls/inspection';
import type { StartedNode } from './backend';
import { LabError } from './lab-error';

/** How nodes are asked whether they still answer; ms. */
export interface CheckUpTimes {
  /** How often, as long as an attempt lasts. */
  readonly everyMs: number;
  /** How long a node may take to answer. */
  readonly answersWithinMs: number;
}

/** A machine with twice the work that it can do is not a node that hangs. */
export const checkUpTimes: CheckUpTimes = { everyMs: 8_000, answersWithinMs: 15_000 };

/** Whether a node still does its work; rejects with what it did not answer. */
export type Check = () => Promise<void>;

const silent = (node: string, what: string, answersWithinMs: number): LabError =>
  new LabError(
    'NOT_ANSWERING',
    `${node} runs, but has not answered ${what} for ${answersWithinMs / 1000} s; look at its log`,
    { node },
  );

/** Rejects when it takes too long. What it comes to is no matter: somebody is there. */
async function inTime(work: Promise<unknown>, answersWithinMs: number, late: LabError): Promise<void> {
  const over = new AbortController();
  const tooLate = delay(answersWithinMs, 'late', { signal: over.signal }).catch(() => undefined);
  const isLate = (await Promise.race([work.then(noMatter, noMatter), tooLate])) === 'late';
  over.abort();
  if (isLate) throw late;
}
const noMatter = (): void => undefined;

/** A UE program, by its standard input and output: on its network nothing is sent. */
export const checkUe =
  (node: string, ue: UeDriver, answersWithinMs: number): Check =>
  () =>
    inTime(ue.isThere(), answersWithinMs, silent(node, 'the lab', answersWithinMs));

/** A server of the core, asked by the other end. */
export const checkServer =
  (
    node: string,
    peer: UeDriver,
    { kind, at }: Pick<ProbeRequest, 'kind' | 'at'>,
    answersWithinMs: number,
  ): Check =>
  async () => {
    try {
      await peer.probe({ kind, at, withinMs: answersWithinMs });
    } catch (error) {
      // One that has ended is told of with its last words.
      if (error instanceof UeError && error.code === 'UE_REQUEST')
        throw silent(node, `${kind} at ${at.ip}:${at.port}`, answersWithinMs);
    }
  };

/** A web proxy, asked on its own node. */
export const checkProxy =
  (id: string, node: StartedNode, { ip, port }: Endpoint, answersWithinMs: number): Check =>
  async () => {
    const script = 'exec 3<>"/dev/tcp/$0/$1"; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; head -c 1 <&3';
    const argv = ['timeout', `${answersWithinMs / 1000}`, 'bash', '--norc', '-c', script, ip, `${port}`];
    const { stdout } = await node.exec(argv, { timeoutMs: 2 * answersWithinMs });
    if (stdout === '') throw silent(id, `HTTP at ${ip}:${port}`, answersWithinMs);
  };

/** How often one looks at an inspector before it is said to hang. */
const looks = 15;

/** An inspector: packets may wait for it, but not each time that one looks. */
export const checkInspector =
  (id: string, node: StartedNode, answersWithinMs: number): Check =>
  async () => {
    for (let look = 0; look < looks; look++) {
      const { stdout } = await node.exec(['cat', '/proc/self/net/netfilter/nfnetlink_queue']);
      const queues = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
      // Number, who serves it, how many packets wait.
      const waiting = queues.find(([number]) => number === inspectionQueue)?.[2] ?? 0;
      if (waiting === 0) return;
      await delay(answersWithinMs / looks);
    }
    throw silent(`the inspector of ${id}`, 'the kernel', answersWithinMs);
  };
