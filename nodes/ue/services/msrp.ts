import { randomUUID } from 'node:crypto';
import { AttemptFailure } from '../failure';
import { contentOf } from '../msrp/content';
import { MsrpMedia } from '../msrp/msrp-media';
import { whileRegistered, type ServiceContext } from './registered';
import { whileStanding } from './standing';

const defaultBytes = 1024 * 1024;

/** Sends the peer a large content in an MSRP session, and compares it with the content that comes back. */
export function msrp(context: ServiceContext): Promise<void> {
  const { config, access, timers, attempt } = context;
  return whileRegistered(context, async (ue) => {
    const media = new MsrpMedia({ role: 'active', config, access, timers, attempt });
    const call = await ue.agent.call(config.peerIdentity, media);
    await whileStanding(call, exchange(media, context));
    await call.hangUp();
    await media.release();
  });
}

async function exchange(media: MsrpMedia, { request, attempt }: ServiceContext): Promise<void> {
  await media.open();
  const content = contentOf(randomUUID(), request.bytes ?? defaultBytes);
  const sentAt = performance.now();
  await media.send(content);
  const takenAt = performance.now();
  const back = await media.received();
  if (!back.equals(content)) {
    throw new AttemptFailure(
      'CONTENT_WRONG',
      `${content.length} bytes were sent, and other ${back.length} came back`,
    );
  }
  const megabits = (content.length * 8) / 1e6;
  attempt.measure('content', content.length);
  attempt.measure('throughput-out', round(megabits / ((takenAt - sentAt) / 1000)));
  attempt.measure('both-ways-after', round(performance.now() - sentAt));
}

const round = (value: number): number => Math.round(value * 10) / 10;
