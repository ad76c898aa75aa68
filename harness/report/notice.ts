import { noticeLine } from '../lab/lab-error';
import type { EventOf, RunEvent } from '../journal/events';

/** Returns the line that tells a user at once of an event about a failure. */
export function noticeOf(event: EventOf<'outage' | 'warning'>): string;
export function noticeOf(event: RunEvent): string | undefined;
export function noticeOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'outage':
      return noticeLine(event.code, `${event.text}; what needs it cannot be judged, the rest goes on`);
    case 'warning':
      return noticeLine(event.code, event.text);
    default:
      return undefined;
  }
}
