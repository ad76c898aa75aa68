import type { AttemptLike } from '../attempt';
import { AttemptFailure, asFailure } from '../failure';
import type { Rung } from '../ladder';
import type { FiveTuple } from '../protocol';

/**
 * Tries the ways to the TURN server in order (TS 33.203 W.3.1.3), the next only when one failed.
 * @param open what is to be had by a way; it is told to the attempt that it is given
 * @throws AttemptFailure `NO_RELAY` with the reason and the sockets of each way, `ABANDONED` if the lab gave all of them up;
 *   what `open` throws once the attempt has ended
 */
export async function firstWay<T>(
  ways: readonly Rung[],
  attempt: AttemptLike,
  open: (way: Rung, attempt: AttemptLike) => Promise<T>,
): Promise<T> {
  const failures: { via: string; failure: AttemptFailure }[] = [];
  const sockets: FiveTuple[] = [];
  for (const way of ways) {
    try {
      return await open(way, notingSockets(attempt, sockets));
    } catch (error) {
      const failure = asFailure(error);
      if (attempt.ended) throw failure;
      failures.push({ via: way.via, failure });
    }
  }
  const reasons = failures.map(({ via, failure }) => `${via}: ${failure.message}`).join('; ');
  const abandoned = failures.length > 0 && failures.every(({ failure }) => failure.code === 'ABANDONED');
  throw new AttemptFailure(
    abandoned ? 'ABANDONED' : 'NO_RELAY',
    `no way to the TURN server: ${reasons || 'none is allowed'}`,
    sockets,
  );
}

/**
 * Opens something for an attempt.
 * @throws AttemptFailure with the sockets that were opened for it: what was refused on another says nothing of this failure
 */
export async function namingSockets<T>(
  attempt: AttemptLike,
  open: (attempt: AttemptLike) => Promise<T>,
): Promise<T> {
  const sockets: FiveTuple[] = [];
  try {
    return await open(notingSockets(attempt, sockets));
  } catch (error) {
    throw asFailure(error).over(...sockets);
  }
}

/** The same attempt, with a note of the sockets that it is told of. */
export function notingSockets(attempt: AttemptLike, sockets: FiveTuple[]): AttemptLike {
  return {
    get ended() {
      return attempt.ended;
    },
    request: attempt.request,
    tellFlow: (flow) => {
      sockets.push({ protocol: flow.protocol, local: flow.local, remote: flow.remote });
      attempt.tellFlow(flow);
    },
    tellIdentifier: (kind, value) => attempt.tellIdentifier(kind, value),
    tellKeyLog: (line) => attempt.tellKeyLog(line),
    tellTls: (facts, local) => attempt.tellTls(facts, local),
    onFlowAbandoned: (flow, end) => attempt.onFlowAbandoned(flow, end),
    closeAtEnd: (close) => attempt.closeAtEnd(close),
    note: (text) => attempt.note(text),
  };
}
