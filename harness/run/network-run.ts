import { isDeepStrictEqual } from 'node:util';
import type { Firewall } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import { describeRules } from '../../firewalls/rules';
import type { Subscriber } from '../../nodes/ue/protocol';
import { climb } from '../../scenarios/climb';
import type { Scenario, ScenarioContext, ScenePhone } from '../../scenarios/scenario';
import type { RuleLookup } from '../evidence/drop';
import type { AttemptResult } from '../judge/result';
import type { AccessNetwork } from '../lab/access-network';
import { attemptId } from '../plan/cell-id';
import { scenarioOf, type Plan, type PlannedCell } from '../plan/plan';
import { attemptResultOf, type PlayedAttempt } from './attempt-result';
import { AttemptSupervisor, type SupervisionOptions } from './attempt-supervisor';
import { EvidenceBook, type EvidenceBookOptions } from './evidence-book';
import { knobsUsed } from './knobs-used';
import type { NetworkCaptures } from './network-captures';
import type { PhoneCapture } from './phone-capture';
import { workWith } from './node-work';
import { sideBySide } from './side-by-side';
import type { Slots } from './slots';
import { scenePhone, type ScenePhoneOptions, type Stage } from './scene-phone';

export interface NetworkRunOptions extends SupervisionOptions, EvidenceBookOptions, ScenePhoneOptions {
  readonly plan: Plan;
  /** The slots for cells that talk, shared by all networks. */
  readonly talking: Slots;
  /** Called when the files of the network's captures are complete, as far as they will ever be. */
  readonly onCaptured: (firewall: Firewall) => Promise<void>;
}

/**
 * Plays the cells of one access network. It plays them one after the other, or side by side where the sockets
 * of a packet tell to which attempt it belongs. So a packet can belong to one attempt only.
 */
export class NetworkRun {
  private readonly book: EvidenceBook;
  private readonly supervisor: AttemptSupervisor;
  /** Each attempt with its latest result in the journal. */
  private readonly attempts = new Map<PlayedAttempt, AttemptResult>();
  private idle: Knobs['idle'];
  private isClosed = false;

  constructor(
    private readonly network: AccessNetwork,
    /** Undefined if the captures could not be started. */
    private readonly captures: NetworkCaptures | undefined,
    /** Present if the phone's sockets are observed. */
    private readonly phone: PhoneCapture | undefined,
    private readonly options: NetworkRunOptions,
  ) {
    const { firewall, at } = network;
    this.idle = firewall.knobs.idle;
    const vectors = options.plan.scenarios.map((one) => knobsUsed(firewall.knobs, one, options.plan.options));
    this.book = new EvidenceBook(network, rulesOf([firewall.knobs, ...vectors], at.proxy), options);
    this.supervisor = new AttemptSupervisor(network, this.book, phone, options);
  }

  /** Plays cells, scenario by scenario. */
  async measure(cells: readonly PlannedCell[]): Promise<void> {
    const { plan, journal, talking, over } = this.options;
    for (let round = 1; round <= plan.repeat; round++) {
      for (const scenario of plan.scenarios) {
        const own = cells.filter((cell) => cell.scenario === scenario.id);
        if (own.length === 0) continue;
        await this.setIdle(knobsUsed(this.network.firewall.knobs, scenario, plan.options));
        const play = async (cell: PlannedCell, subscriber: Subscriber): Promise<void> => {
          over.throwIfAborted();
          journal.add({ type: 'cell-began', cell: cell.id, round });
          await playOn(scenario, scenePhone(this.stageOf(cell, round), this.options, { subscriber }));
        };
        const places = this.placesOf(scenario);
        // All ESP in UDP of a UE has one binding, so two attempts would keep it alive for each other.
        const isAlone = ({ security }: PlannedCell): boolean =>
          scenario.idle !== undefined && security === 'aka';
        for (const group of sideBySide(own, places.length, isAlone))
          await Promise.all(
            group.map((cell, index) => {
              const begin = (): Promise<void> => play(cell, places[index]!);
              return scenario.spendsTime === 'talking' ? talking.use(begin) : begin();
            }),
          );
      }
      await this.setIdle(this.network.firewall.knobs);
    }
  }

  /** Plays a cell in which the UE moves from this access network to another. */
  async move(cell: PlannedCell, to: NetworkRun): Promise<void> {
    const { plan, journal } = this.options;
    for (let round = 1; round <= plan.repeat; round++) {
      journal.add({ type: 'cell-began', cell: cell.id, round });
      const [stage, elsewhere] = [this.stageOf(cell, round), to.stageOf(cell, round)];
      await playOn(
        scenarioOf(cell, plan),
        scenePhone(stage, this.options, { subscriber: this.network.anchored, elsewhere }),
      );
    }
  }

  /**
   * Ends the captures, reads them, and judges each attempt for the last time, because only now its result is
   * complete. A capture that broke off is not read: a packet that is missing in it would prove nothing.
   */
  async close(): Promise<void> {
    const { outages, journal, onCaptured } = this.options;
    const { firewall, nodes } = this.network;
    const { id } = firewall;
    let isWhole = false;
    let areBothWhole = false;
    await workWith(outages, `capture ${id}`, async () => {
      const broken = (await this.captures?.stop()) ?? [];
      for (const { node, error } of broken)
        await workWith(outages, `capture ${node}`, () => Promise.reject(error));
      const isBroken = (id: string): boolean =>
        this.captures === undefined || broken.some(({ node }) => node === id);
      isWhole = !isBroken(nodes.ue);
      areBothWhole = isWhole && !isBroken(nodes.firewall);
    });
    await workWith(outages, nodes.ue, async () => this.phone?.stop());
    await workWith(outages, nodes.firewall, () => this.book.close());
    if (isWhole) await this.book.readCapture();
    if (areBothWhole) await this.book.readSides([...this.attempts.keys()].map(({ report }) => report));
    journal.add({ type: 'capture-read', firewall: id, whole: isWhole });
    this.judgeAgain();
    this.isClosed = true;
    await onCaptured(firewall);
  }

  /** Judges the attempts again by all that is known by now. It does nothing after {@link close}. */
  judgeAgain(): void {
    if (this.isClosed) return;
    for (const [played, known] of this.attempts) {
      const result = this.judged(played);
      if (!isDeepStrictEqual(result, known)) this.writeDown(played, result);
    }
  }

  /**
   * Returns the subscribers as which cells of a scenario play side by side. Cells that spend their time talking
   * or waiting share the time, except where the firewall reads payloads: behind a proxy the lab only knows to
   * which attempt a packet belongs when the proxy has logged its tunnel. A phone whose sockets have to be observed
   * makes one attempt at a time.
   */
  private placesOf({ spendsTime }: Scenario): readonly Subscriber[] {
    const { subscribers, firewall } = this.network;
    const isTold = this.phone === undefined;
    const together = spendsTime !== undefined && firewall.knobs.payload === 'none' && isTold;
    return together ? subscribers : subscribers.slice(0, 1);
  }

  /** Returns the stage on which a round of a cell plays on this network. */
  private stageOf(cell: PlannedCell, round: number): Stage {
    const { network } = this;
    const { steps, ladder, repeat } = this.options.plan;
    const { id: firewall } = network.firewall;
    const at = firewall === cell.firewall ? undefined : firewall;
    const context: ScenarioContext = {
      steps,
      ladder,
      security: cell.security,
      hasProxy: network.at.proxy !== undefined,
      transports: network.ue.capabilities.transports,
    };
    return {
      network,
      context,
      attempt: async (action, rung, parameters, events) => {
        const id = attemptId(cell.id, { at, rung, round }, repeat);
        const request = { ...parameters, attempt: id, ...rung, suite: cell.suite };
        const { session } = scenarioOf(cell, this.options.plan);
        const supervised = await this.supervisor.see(
          { action, request, needed: this.neededBy(cell), hasSession: session !== 'none' },
          events,
        );
        const played = { ...supervised, cell, round, rung };
        this.writeDown(played, this.judged(played));
        return played.report;
      },
    };
  }

  /** Returns the nodes without which an attempt of this cell on this network tells nothing. */
  private neededBy(cell: PlannedCell): string[] {
    return [...scenarioOf(cell, this.options.plan).needs, ...this.network.nodes.all];
  }

  private async setIdle({ idle }: Knobs): Promise<void> {
    if (idle === this.idle) return;
    this.idle = idle;
    const { outages } = this.options;
    await workWith(outages, this.network.nodes.firewall, () => this.network.setIdle(idle));
  }

  private writeDown(played: PlayedAttempt, attempt: AttemptResult): void {
    this.attempts.set(played, attempt);
    this.options.journal.add({ type: 'attempt', cell: played.cell.id, attempt });
  }

  /** Judges an attempt by all that is known by now. */
  private judged(played: PlayedAttempt): AttemptResult {
    return attemptResultOf(played, {
      firewall: this.network.firewall,
      scenario: scenarioOf(played.cell, this.options.plan),
      evidence: this.book.evidenceOf(played.report, played.observed?.content),
      outages: this.options.outages.all,
      capture: this.book.capture,
    });
  }
}

/** Climbs the ladder of a scenario with a phone. */
const playOn = (scenario: Scenario, phone: ScenePhone): Promise<void> =>
  climb(scenario, phone.context, (rung) => scenario.play(phone, rung));

function rulesOf(vectors: readonly Knobs[], proxyIp: string | undefined): RuleLookup {
  const rules = new Map(
    vectors
      .flatMap((knobs) => describeRules(knobs, proxyIp))
      .map(({ id, statement, decisive }) => [id as string, { statement, decisive }]),
  );
  return (id) => rules.get(id);
}
