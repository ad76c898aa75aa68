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

/** The options that the phones of a run share. */
export interface ScenePhoneOptions {
  readonly plan: Pick<Plan, 'options'>;
  /** The parts of the lab that are out of order. */
  readonly outages: Outages;
  /** The other end; undefined if no scenario needs it. */
  readonly peer?: Pick<UeDriver, 'invite' | 'arrivals'>;
}

/** The access network on which the attempts of one cell are made. */
export interface Stage {
  readonly network: Pick<AccessNetwork, 'ue' | 'subscribers' | 'cutOff'>;
  readonly context: ScenarioContext;
  /** Has the phone make an attempt of the cell by a rung, judges it, and returns the phone's report. */
  readonly attempt: (
    action: string,
    rung: Rung,
    parameters: Partial<ServiceRequest>,
    events: SupervisedEvents,
  ) => Promise<AttemptReport>;
}

/**
 * Makes the phone of a cell, on its access network and on the one that it moves to.
 *
 * @param subscriber the subscriber as whom the phone registers on both; the network's first one by default
 * @param elsewhere the network to which it moves, in a cell with a move
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
    cutOff: () => network.cutOff(),
    abandon: (attempt) => network.ue.abandon({ attempt }),
    option: (option) => valueOf(options.plan.options, option),
    callsAtPeer: () => callsAtPeer(options, subscriber),
    ...(elsewhere ? { elsewhere: scenePhone(elsewhere, options, { subscriber }) } : {}),
  };
}

/**
 * Has the peer call the UE, which hangs up. The UE reports what came of the call, so an error of the peer is
 * ignored.
 */
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
