import type { Rung } from '../../ladder';
import type { Arrivals, AttemptReport, ServiceRequest, Subscriber } from '../../nodes/ue/protocol';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import { valueOf } from '../../scenarios/option';
import type { ScenarioContext, ScenePhone } from '../../scenarios/scenario';
import type { AccessNetwork } from '../lab/access-network';
import type { Outages } from '../lab/outages';
import type { Plan } from '../plan/plan';
import type { SupervisedEvents } from './attempt-supervisor';
import { workWith } from './node-work';

/** What the phones of a run have in common. */
export interface ScenePhoneOptions {
  readonly plan: Pick<Plan, 'options'>;
  /** The parts of the lab that are out of order. */
  readonly outages: Outages;
  /** The other end, where a scenario needs it. */
  readonly peer?: Pick<UeDriver, 'invite' | 'arrivals'>;
}

/** An access network on which one cell is played, and attempts of it are made. */
export interface Stage {
  readonly network: Pick<AccessNetwork, 'ue' | 'subscribers'>;
  readonly context: ScenarioContext;
  /** Has an attempt of the cell made by a rung, judges it, and gives what the phone says of it. */
  readonly attempt: (
    action: string,
    rung: Rung,
    parameters: Partial<ServiceRequest>,
    events: SupervisedEvents,
  ) => Promise<AttemptReport>;
}

/**
 * The phone of a cell, on an access network and on the one that it moves to.
 *
 * @param subscriber as whom it registers on either; as whom it does by itself by default
 * @param elsewhere where it moves to, in a cell that is about that
 */
export function scenePhone(
  stage: Stage,
  options: ScenePhoneOptions,
  {
    subscriber = stage.network.subscribers[0]!,
    elsewhere,
  }: { subscriber?: Subscriber; elsewhere?: Stage } = {},
): ScenePhone {
  const { context, network } = stage;
  return {
    context,
    attempt: (action, rung, parameters = {}, events = {}) =>
      stage.attempt(
        action,
        rung,
        { ...parameters, subscriber },
        { ...events, reachable: ({ withinMs }) => callUe(options, subscriber, withinMs) },
      ),
    abandon: (attempt) => network.ue.abandon({ attempt }),
    option: (option) => valueOf(options.plan.options, option),
    callsAtPeer: () => callsAtPeer(options, subscriber),
    ...(elsewhere ? { elsewhere: scenePhone(elsewhere, options, { subscriber }) } : {}),
  };
}

/** The peer calls the UE, which hangs up; what comes of it is for the UE to say. */
function callUe({ peer }: ScenePhoneOptions, { impu }: Subscriber, withinMs: number): void {
  const call = peer?.invite({ to: impu, answerWithinMs: withinMs });
  call?.catch(() => undefined);
}

async function callsAtPeer(
  { outages, peer }: ScenePhoneOptions,
  { impu }: Subscriber,
): Promise<Arrivals['calls']> {
  let calls: Arrivals['calls'] = [];
  await workWith(outages, 'peer', async () => {
    calls = (await peer?.arrivals({ from: impu }))?.calls ?? [];
  });
  return calls;
}
