import { noticeLine } from '../lab/lab-error';
import type { EventOf, RunEvent } from '../journal/events';

/** What a user is told of an event at once, in one line: that something is wrong. */
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
