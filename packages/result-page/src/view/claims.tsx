import type { PageClaim, PageData } from '../data';
import { useHref } from './navigation';
import { claimWords } from './words';

/** The sentences of the standards that the run decides, each with the cells that it rests on. */
export function Claims({ data }: { readonly data: PageData }) {
  if (data.claims.length === 0) return null;
  return (
    <section id="claims">
      <h2>Claims</h2>
      <ul class="claims">
        {data.claims.map((claim) => (
          <Claim key={claim.id} claim={claim} />
        ))}
      </ul>
    </section>
  );
}

function Claim({ claim }: { readonly claim: PageClaim }) {
  const { id, source, statement, verdict, cells, unsupported } = claim;
  const { sign, word } = claimWords[verdict];
  return (
    <li class={verdict}>
      <p class="verdict">
        <span aria-hidden="true">{sign}</span> {word}
      </p>
      <p class="statement">
        <b>{id}</b> {statement} <span class="source">{source}</span>
      </p>
      {cells.length > 0 && <Cells title={`${count(cells.length)} that it rests on`} cells={cells} />}
      {unsupported.length > 0 && (
        <Cells title={`${count(unsupported.length)} that the phone could not try`} cells={unsupported} />
      )}
    </li>
  );
}

const count = (cells: number): string => (cells === 1 ? '1 cell' : `${cells} cells`);

function Cells({ title, cells }: { readonly title: string; readonly cells: readonly string[] }) {
  const href = useHref();
  return (
    <details>
      <summary>{title}</summary>
      <ul class="links">
        {cells.map((cell) => (
          <li key={cell}>
            <a href={href({ cell })}>{cell}</a>
          </li>
        ))}
      </ul>
    </details>
  );
}
