import type { PageSequence } from '../data';
import { partyAt } from './arrow-in-words';
import { protocolName } from './protocol-names';
import { timeOnAxis } from './sequence-time-axis';

/** The same as the picture, for who reads rather than looks. */
export function SequenceTable({ sequence: { arrows, parties } }: { sequence: PageSequence }) {
  return (
    <details class="sequence-table">
      <summary>The same as a table ({arrows.length} messages)</summary>
      <div class="table-scroll" tabindex={0} role="group" aria-label="Messages as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">after, ms</th>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">protocol</th>
              <th scope="col">message</th>
              <th scope="col">carried by</th>
              <th scope="col">number</th>
              <th scope="col">denied by</th>
              <th scope="col">captured</th>
            </tr>
          </thead>
          <tbody>
            {[...arrows]
              .sort((one, other) => one.afterMs - other.afterMs)
              .map((arrow, index) => (
                <tr key={index}>
                  <td class="number">{timeOnAxis(arrow.afterMs)}</td>
                  <td>{partyAt(parties, arrow.from)}</td>
                  <td>{partyAt(parties, arrow.to)}</td>
                  <td>{protocolName(arrow.protocol)}</td>
                  <td>{arrow.label}</td>
                  <td>{arrow.carriers}</td>
                  <td class="number">
                    {arrow.count > 1 ? `${arrow.count}, until ${timeOnAxis(arrow.lastAfterMs)}` : 1}
                  </td>
                  <td>{arrow.denied && `${arrow.denied.rule} at ${partyAt(parties, arrow.denied.by)}`}</td>
                  <td>
                    {arrow.capture}, frame {arrow.frame}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
