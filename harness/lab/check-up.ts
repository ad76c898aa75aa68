import { within } from '../../kit/deadline';
import type { CommandCheck, Probe } from '../../nodes/box';
import { UeError, type UeDriver } from '../../nodes/ue/ue-driver';
import type { StartedNode } from './backend';
import { LabError } from './lab-error';
import type { Outages } from './outages';

/** The times, in ms, of the questions whether nodes still answer. */
export interface CheckUpTimes {
  /** Time between two questions while an attempt lasts. */
  readonly everyMs: number;
  /** Time that a node may take to answer. */
  readonly answersWithinMs: number;
}

/** The default times. They are long enough that nodes of an overloaded machine do not count as hanging. */
export const checkUpTimes: CheckUpTimes = { everyMs: 8_000, answersWithinMs: 45_000 };

/** Asks whether a node still works; rejects with an error that names the question without an answer. */
export type Check = () => Promise<void>;

/** The nodes of a lab that can be asked whether they still answer, with the nodes that each question passes. */
export class CheckUps {
  private readonly checks = new Map<
    string,
    { readonly check: Check; readonly through: readonly string[] }[]
  >();

  constructor(private readonly outages: Outages) {}

  /**
   * @param through the nodes that the question passes; if one of them does not answer, `node` is not asked,
   *   since it would not be at fault
   */
  add(node: string, check: Check, through: readonly string[] = []): void {
    this.checks.set(node, [...(this.checks.get(node) ?? []), { check, through }]);
  }

  /** Ends the questions to a node that is about to be stopped on purpose, and those that pass it. */
  silence(node: string): void {
    this.checks.delete(node);
    for (const [other, checks] of this.checks)
      this.checks.set(
        other,
        checks.filter(({ through }) => !through.includes(node)),
      );
  }

  /**
   * Asks these nodes whether they still answer, after the nodes that the questions pass. A node that does not
   * answer becomes an outage. Resolves when each has answered or is an outage.
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

/** @param subject the node or the part of it that does not answer */
const silent = (node: string, subject: string, what: string, answersWithinMs: number): LabError =>
  new LabError(
    'NOT_ANSWERING',
    `${subject} runs, but has not answered ${what} for ${answersWithinMs / 1000} s; look at its log`,
    { node },
  );

/** Rejects with `late` when the work takes too long. Any end of the work counts as an answer, also an error. */
const inTime = (work: Promise<unknown>, answersWithinMs: number, late: LabError): Promise<void> =>
  within(answersWithinMs, work.then(noMatter, noMatter), () => late);
const noMatter = (): void => undefined;

/** Checks a UE program over its standard input and output, so that it sends nothing on its network. */
export const checkUe =
  (node: string, ue: UeDriver, answersWithinMs: number): Check =>
  () =>
    inTime(ue.isThere(), answersWithinMs, silent(node, node, 'the lab', answersWithinMs));

/** Checks a server by having a UE ask it over the network. */
export const checkServer =
  (node: string, asker: UeDriver, { kind, at }: Probe, answersWithinMs: number): Check =>
  async () => {
    try {
      await asker.probe({ kind, at, withinMs: answersWithinMs });
    } catch (error) {
      // Any other error means that the asking UE has ended, which is an outage of its own.
      if (error instanceof UeError && error.code === 'UE_REQUEST')
        throw silent(node, node, `${kind} at ${at.ip}:${at.port}`, answersWithinMs);
    }
  };

/** Checks a node by a command that runs on the node itself. */
export const checkByCommand =
  (node: StartedNode, command: CommandCheck, answersWithinMs: number, subject = node.id): Check =>
  async () => {
    const { exitCode } = await node.exec(command.argv(answersWithinMs), { timeoutMs: 2 * answersWithinMs });
    if (exitCode !== 0) throw silent(node.id, subject, command.what, answersWithinMs);
  };
