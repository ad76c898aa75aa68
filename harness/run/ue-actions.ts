import type { Rung } from '../../ladder';
import type {
  Arrivals,
  AttemptReport,
  Measurement,
  Service,
  ServiceRequest,
  Subscriber,
} from '../../nodes/ue/protocol';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { Elsewhere, ScenarioContext, UeActions } from '../../scenarios/scenario';
import type { AccessNetwork } from '../lab/access-network';
import type { Outages } from '../lab/outages';
import type { Plan } from '../plan/plan';
import type { Act, AttemptEvents } from './attempt-supervisor';
import { interruption } from './measurements';
import { workWith } from './node-work';

/** What keep-alives are to show (the CR says only that connections are maintained): ten of the firewall's time-outs. */
const idleTimesOutlived = 10;

/** What actions need of a run. */
export interface ActionOptions {
  readonly plan: Pick<Plan, 'services'>;
  /** What of the lab is out of order. */
  readonly outages: Outages;
  /** The other end, where a scenario needs it. */
  readonly peer?: Pick<UeDriver, 'invite' | 'arrivals'>;
}

/** An access network on which one cell is played, and attempts of it are made. */
export interface Stage {
  readonly network: Pick<AccessNetwork, 'ue' | 'subscribers'>;
  readonly context: ScenarioContext;
  /** Has an attempt of the cell made by a rung, judges it, and gives what the UE says of it. */
  readonly attempt: (rung: Rung, act: Act, events?: AttemptEvents) => Promise<AttemptReport>;
}

/**
 * What a scenario can make its UE do on an access network.
 *
 * @param subscriber as whom, where the UE registers by a service; its own by default
 * @param elsewhere where the UE moves to, in a cell that is about that
 */
export function actionsOn(
  stage: Stage,
  options: ActionOptions,
  { subscriber = stage.network.subscribers[0]!, elsewhere }: { subscriber?: Subscriber; elsewhere?: Stage },
): UeActions {
  const { ue } = stage.network;
  const { mediaSeconds, msrpBytes, idleSeconds } = options.plan.services;
  const serve = (service: Service, rung: Rung, more: Partial<ServiceRequest> = {}): Promise<AttemptReport> =>
    stage.attempt(rung, (request) => ue.serve(service, { ...request, subscriber, ...more }), {
      reachable: ({ withinMs }) => callUe(options, subscriber, withinMs),
      ...(service === 'call' ? { measured: (report) => heardAtPeer(options, report, subscriber) } : {}),
    });
  return {
    register: (rung) => stage.attempt(rung, (request) => ue.register(request)),
    relay: (rung) => stage.attempt(rung, (request) => ue.relay(request)),
    call: (rung) => serve('call', rung, { mediaMs: mediaSeconds * 1000 }),
    message: (rung) => serve('message', rung),
    msrp: (rung) => serve('msrp', rung, { bytes: msrpBytes }),
    keepalive: (rung) =>
      serve('keepalive', rung, { idleMs: idleSeconds * 1000, idleTimes: idleTimesOutlived }),
    leave: (rung, move) => {
      if (!elsewhere) throw new Error('this cell has no network to move to');
      return leave({ from: stage, to: elsewhere }, options, rung, move);
    },
  };
}

/** The peer calls the UE, which hangs up; what comes of it is for the UE to say. */
function callUe({ peer }: ActionOptions, { impu }: Subscriber, withinMs: number): void {
  const call = peer?.invite({ to: impu, answerWithinMs: withinMs });
  call?.catch(() => undefined);
}

/** How long after each INVITE of a call that passed the peer heard the first RTP: the other way of its media. */
async function heardAtPeer(
  options: ActionOptions,
  { end, media = [] }: AttemptReport,
  { impu }: Subscriber,
): Promise<Measurement[]> {
  if (end !== 'passed') return [];
  const calls = (await arrivalsFrom(options, impu)).slice(-media.length);
  return media.flatMap(({ invitedAt }, index) => {
    const first = calls[index]?.first;
    const name = `${index === 0 ? 'outgoing' : 'incoming'}-time-to-media-at-peer`;
    return first === undefined
      ? []
      : [{ name, value: Math.round((first - invitedAt) * 100) / 100, unit: 'ms' }];
  });
}

async function leave(
  { from, to }: { readonly from: Stage; readonly to: Stage },
  options: ActionOptions,
  rung: Rung,
  move: (elsewhere: Elsewhere) => Promise<void>,
): Promise<AttemptReport> {
  const { ue, subscribers } = from.network;
  const subscriber = subscribers[0]!;
  const mediaMs = options.plan.services.mediaSeconds * 1000;
  let moving: Promise<void> | undefined;
  let nowTalking: () => void = () => undefined;
  const left = from.attempt(rung, (request) => ue.serve('leave', { ...request, mediaMs }), {
    talking: ({ attempt, dialog }) => {
      const arrive = (there: Rung): Promise<AttemptReport> =>
        to.attempt(
          there,
          (request) => to.network.ue.serve('arrive', { ...request, mediaMs, replaces: dialog, subscriber }),
          {
            // Only an arrival ends the call that was left; what did not arrive must not wait for that.
            measured: async (arrived) =>
              arrived.end === 'passed' ? interruptions(options, subscriber, await left, arrived) : [],
          },
        );
      // A call that has not been moved away by then stays where it is: the attempt to leave can end.
      moving = move({ context: to.context, arrive }).finally(() => ue.abandon({ attempt }));
      moving.catch(() => undefined);
      nowTalking();
    },
  });
  await Promise.race([left, new Promise<void>((resolve) => (nowTalking = resolve))]);
  await moving;
  return left;
}

/** How long no RTP arrived when the session moved, at either end. */
async function interruptions(
  options: ActionOptions,
  { impu }: Subscriber,
  left: AttemptReport,
  arrived: AttemptReport,
): Promise<Measurement[]> {
  const calls = await arrivalsFrom(options, impu);
  const [before, after] = calls.slice(-2);
  return [
    ...interruption('media-interruption-at-ue', left.media?.at(-1)?.until, arrived.media?.[0]?.from),
    ...interruption('media-interruption-at-peer', before?.last, after?.first),
  ];
}

/** The calls that the peer had with somebody; none where it is no more. */
async function arrivalsFrom({ outages, peer }: ActionOptions, impu: string): Promise<Arrivals['calls']> {
  let calls: Arrivals['calls'] = [];
  await workWith(outages, 'peer', async () => {
    calls = (await peer?.arrivals({ from: impu }))?.calls ?? [];
  });
  return calls;
}
