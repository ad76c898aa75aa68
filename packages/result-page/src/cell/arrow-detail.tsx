import type { PageArrow, PageHop } from '../data';
import { milliseconds } from '../milliseconds';
import { partyAt } from './arrow-in-words';
import { labelOf } from './sequence-layout';

/** All that is known of a message. */
export function ArrowDetail({ arrow, parties }: { arrow: PageArrow; parties: readonly PageHop[] }) {
  const { from, to, denied, afterMs, count, lastAfterMs, carriers, capture, frame, text } = arrow;
  return (
    <>
      <h5>{labelOf(arrow)}</h5>
      <dl class="cell-facts">
        <dt>from, to</dt>
        <dd>
          {partyAt(parties, from)} → {partyAt(parties, to)}
        </dd>
        {denied && (
          <>
            <dt>denied</dt>
            <dd>
              at {partyAt(parties, denied.by)} by <code>{denied.rule}</code>
            </dd>
          </>
        )}
        <dt>time</dt>
        <dd>
          {milliseconds(afterMs)} after the beginning
          {count > 1 && `; ${count} messages, the last one at ${milliseconds(lastAfterMs)}`}
        </dd>
        <dt>carried by</dt>
        <dd>{carriers}</dd>
        <dt>captured</dt>
        <dd>
          <code>{capture}</code>, frame {frame}
        </dd>
      </dl>
      {text === undefined ? (
        <p class="sequence-note">This page has no text of it; the capture has what there is.</p>
      ) : (
        // A reader without a mouse has to be able to scroll it.
        <pre class="message" tabindex={0} aria-label={`Text of ${labelOf(arrow)}`}>
          {text}
        </pre>
      )}
    </>
  );
}
