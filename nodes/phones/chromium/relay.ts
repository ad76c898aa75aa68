import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import type { UeConfig } from '../../ue/protocol';
import type { ServerWay } from '../../ue/dialler/dialler';
import type { UeTimers } from '../../ue/timers';
import type { Browser } from './browser';

/** Where the TURN server is. */
interface TurnWay extends Pick<ServerWay, 'transport'> {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

/**
 * Has the page get two relayed addresses at the TURN server, by the one way, and exchange data between them: WebRTC encrypts
 * all that it sends, so that the peer's echo is none for it, and the page is its own peer. All data pass the network twice.
 * @throws AttemptFailure `NO_RELAY`, `ECHO_WRONG`, `TIMEOUT`
 */
export async function relay(
  browser: Browser,
  way: TurnWay,
  { username, password }: UeConfig['turn'],
  timers: UeTimers,
): Promise<void> {
  const relayed = browser.until((told) => {
    if (told.kind !== 'page') return undefined;
    const { event } = told;
    if (event.type === 'not-relayed') throw new AttemptFailure('NO_RELAY', printable(event.text));
    if (event.type === 'wrong-data') throw new AttemptFailure('ECHO_WRONG', 'other data came than were sent');
    return event.type === 'relayed' || undefined;
  });
  await browser.act('relay', { url: turnUrl(way), username, credential: password });
  const text = `no data over a relayed address within ${timers.connect / 1000} s`;
  await within(timers.connect, relayed, () => new AttemptFailure('TIMEOUT', text));
}

/** Writes the URI of a TURN server (RFC 7065): the scheme says whether there is TLS, and the transport what is below it. */
export function turnUrl({ transport, host, port }: TurnWay): string {
  const isTls = transport === 'tls';
  return `${isTls ? 'turns' : 'turn'}:${host}:${port}?transport=${isTls ? 'tcp' : transport}`;
}
