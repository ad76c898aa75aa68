import { setTimeout as passing } from 'node:timers/promises';
import { AttemptFailure } from '../failure';
import { mediaWays } from '../../../ladder';
import { openRelayed } from './relayed-echo';
import { RegisteredUe, type ServiceContext } from './registered';

/**
 * Interval of keep-alives as a part of the idle time-out. Four fit into it, so that some
 * may be late on a busy machine.
 */
const part = 0.25;

/** Number of idle time-outs to be silent, after which the firewall has forgotten the flow. */
const silentTimes = 2;

/**
 * Measures first without keep-alives whether the UE can still be called when the firewall has forgotten its flow,
 * and how long it takes until the UE has noticed that and registered again. Then it tries with keep-alives
 * whether the UE can be called after many idle time-outs, and whether its relayed address still works. The
 * attempt passes with this second part.
 */
export async function keepalive(context: ServiceContext): Promise<void> {
  const { attempt } = context;
  await withoutKeepAlives(context);
  const ue = await withKeepAlives(context);
  attempt.pass();
  await ue.agent.deregister();
  ue.agent.stop();
}

async function withoutKeepAlives(context: ServiceContext): Promise<void> {
  const { request, timers, attempt } = context;
  const ue = await RegisteredUe.register(context);
  // The UE has to notice the loss by itself, so it ignores the lab's word that the flow is lost.
  attempt.onFlowAbandoned(ue.socket, () => undefined);
  await passing(silentTimes * idleMs(request));
  attempt.tellReachable(timers.lostCall);
  const lost = await ue
    .within(timers.lostCall, ue.calls.next(), () => notCalled(timers.lostCall))
    .then(
      (invite) => {
        invite.refuse(486);
        return false;
      },
      () => true,
    );
  attempt.measure('call-without-keep-alives', lost ? 'lost' : 'arrived');
  if (lost) {
    const since = performance.now();
    const noticed = !(await ue.agent.isFlowAlive());
    attempt.measure('loss-noticed', noticed ? 'yes' : 'no');
    if (noticed) attempt.measure('loss-noticed-after', Math.round(performance.now() - since));
    ue.agent.stop();
    const again = await RegisteredUe.registerAgain(context);
    attempt.measure('registered-again-after', Math.round(performance.now() - since));
    await again.agent.deregister();
    again.agent.stop();
    return;
  }
  await ue.agent.deregister();
  ue.agent.stop();
}

async function withKeepAlives(context: ServiceContext): Promise<RegisteredUe> {
  const { request, attempt } = context;
  const interval = part * idleMs(request);
  const ue = await RegisteredUe.registerAgain(context);
  ue.keepAlive(interval);
  const { turn } = mediaWays('rtp', request);
  const relayed = turn.length > 0 ? await openRelayed(turn, interval, context) : undefined;
  await ue.whileReachable(passing((request.idleTimes ?? 10) * idleMs(request)));
  const invite = await ue.called(context);
  invite.refuse(486);
  attempt.measure('call-with-keep-alives', 'arrived');
  if (relayed) {
    await ue.whileReachable(relayed.exchange());
    attempt.measure('relay-with-keep-alives', 'works');
    await relayed.release();
  }
  return ue;
}

const idleMs = ({ idleMs: ms }: ServiceContext['request']): number => ms ?? 5000;

const notCalled = (ms: number): AttemptFailure =>
  new AttemptFailure('TIMEOUT', `no call came within ${ms / 1000} s`);
