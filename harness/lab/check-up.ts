import { setTimeout as delay } from 'node:timers/promises';
import type { CommandCheck, Probe } from '../../nodes/box';
import { UeError, type UeDriver } from '../../nodes/ue/ue-driver';
import type { StartedNode } from './backend';
import { LabError } from './lab-error';
import type { Outages } from './outages';

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

/** The nodes of a lab that can be asked whether they still answer, and what each is asked through. */
export class CheckUps {
  private readonly checks = new Map<
    string,
    { readonly check: Check; readonly through: readonly string[] }[]
  >();

  constructor(private readonly outages: Outages) {}

  /** @param through the nodes that the question passes: who is not heard of because of one of them is not at fault */
  add(node: string, check: Check, through: readonly string[] = []): void {
    this.checks.set(node, [...(this.checks.get(node) ?? []), { check, through }]);
  }

  /** Nobody asks any more who is to be silent, nor what is behind it. */
  silence(node: string): void {
    this.checks.delete(node);
    for (const [other, checks] of this.checks)
      this.checks.set(
        other,
        checks.filter(({ through }) => !through.includes(node)),
      );
  }

  /**
   * Asks these nodes; one that does not answer is an outage. What they are asked through comes first. Resolves when each has
   * answered or is told of.
   */
  async of(nodes: readonly string[]): Promise<void> {
    const asked = new Map<string, Promise<boolean>>();
    const answers = (node: string): Promise<boolean> => {
      const answer = asked.get(node) ?? this.ask(node, answers);
      asked.set(node, answer);
      return answer;
    };
    await Promise.all(nodes.map(answers));
  }

  private async ask(node: string, answers: (other: string) => Promise<boolean>): Promise<boolean> {
    if (this.outages.among([node])) return false;
    const one = async ({ check, through }: { check: Check; through: readonly string[] }): Promise<void> => {
      for (const other of through) if (!(await answers(other))) return;
      await check();
    };
    try {
      await Promise.all((this.checks.get(node) ?? []).map(one));
      return true;
    } catch (error) {
      this.outages.tell(node, error as Error);
      return false;
    }
  }
}

/** @param subject the node, or what on it does not answer */
const silent = (node: string, subject: string, what: string, answersWithinMs: number): LabError =>
  new LabError(
    'NOT_ANSWERING',
    `${subject} runs, but has not answered ${what} for ${answersWithinMs / 1000} s; look at its log`,
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
    inTime(ue.isThere(), answersWithinMs, silent(node, node, 'the lab', answersWithinMs));

/** A server, asked over the network by a UE. */
export const checkServer =
  (node: string, asker: UeDriver, { kind, at }: Probe, answersWithinMs: number): Check =>
  async () => {
    try {
      await asker.probe({ kind, at, withinMs: answersWithinMs });
    } catch (error) {
      // A node that has ended is reported with its last words.
      if (error instanceof UeError && error.code === 'UE_REQUEST')
        throw silent(node, node, `${kind} at ${at.ip}:${at.port}`, answersWithinMs);
    }
  };

/** What is asked by a command on its own node. */
export const checkByCommand =
  (node: StartedNode, command: CommandCheck, answersWithinMs: number, subject = node.id): Check =>
  async () => {
    const { exitCode } = await node.exec(command.argv(answersWithinMs), { timeoutMs: 2 * answersWithinMs });
    if (exitCode !== 0) throw silent(node.id, subject, command.what, answersWithinMs);
  };
