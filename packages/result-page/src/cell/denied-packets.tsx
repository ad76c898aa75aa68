import type { PageAttempt, PageCell, PageData, PageDenial, PageFirewall, PageRule } from '../data';

/** The packets that were denied, each with the rule that did it. */
export function DeniedPackets({
  data,
  cell,
  attempt,
}: {
  data: PageData;
  cell: PageCell;
  attempt: PageAttempt;
}) {
  return (
    <ol class="denied-packets">
      {attempt.denied.map((denial, index) => (
        <li key={index}>
          <Denial denial={denial} rule={ruleOf(data, cell, denial)} at={attempt.startedAt} />
        </li>
      ))}
    </ol>
  );
}

function Denial({ denial, rule, at }: { denial: PageDenial; rule: PageRule | undefined; at: number }) {
  const { packet, firewall, count, decoded, capture, frame } = denial;
  return (
    <>
      <p>
        <strong>{packet}</strong>, dropped at {firewall} by <code>{denial.rule}</code>{' '}
        {(denial.at - at).toFixed(1)} ms after the beginning{count > 1 && `, ${count} packets`}
        {capture !== undefined && (
          <>
            {' '}
            (<code>{capture}</code>
            {frame !== undefined && `, frame ${frame}`})
          </>
        )}
        .
      </p>
      <p>
        Rule <code>{denial.rule}</code>: {rule ? rule.statement : 'the run does not have its words'}.
      </p>
      {rule?.nft !== undefined && (
        <pre class="message" tabindex={0} aria-label={`nftables of ${denial.rule}`}>
          {rule.nft}
        </pre>
      )}
      {decoded.length > 0 && (
        <details>
          <summary>The packet, decoded</summary>
          <pre class="message" tabindex={0} aria-label={`Decoded packet, denied by ${denial.rule}`}>
            {decoded.join('\n')}
          </pre>
        </details>
      )}
    </>
  );
}

/** The rule in the words of the firewall that denied; of one that moves, either may be it. */
function ruleOf(data: PageData, cell: PageCell, denial: PageDenial): PageRule | undefined {
  const isIts = ({ id }: PageFirewall): boolean => denial.firewall === `fw-${id}` || denial.firewall === id;
  const isOfCell = ({ id }: PageFirewall): boolean => id === cell.firewall || id === cell.to;
  return [...data.firewalls.filter(isIts), ...data.firewalls.filter(isOfCell)]
    .flatMap(({ rules }) => rules)
    .find(({ id }) => id === denial.rule);
}
