import type { PageData } from '../data';

/** What each firewall is, where that is from and how sure it is, and its rules. */
export function Firewalls({ data }: { readonly data: PageData }) {
  return (
    <section id="firewalls">
      <h2>Firewalls</h2>
      {data.firewalls.map(({ id, title, source, confidence, rules }) => (
        <details key={id} id={`firewall:${id}`} class="firewall">
          <summary>
            <b>{id}</b> {title !== id && title} <span class="confidence">{confidence}</span>
          </summary>
          <p class="source">Source: {source}</p>
          {rules.length === 0 && <p>It denies nothing.</p>}
          <dl>
            {rules.map(({ id: rule, statement, nft }) => (
              <div key={rule}>
                <dt>
                  <code>{rule}</code>
                </dt>
                <dd>
                  denies {statement}
                  {nft !== undefined && <pre tabIndex={0}>{nft}</pre>}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
    </section>
  );
}
