import type { PageAttempt, PageData } from '../data';

/** What is left out of a page that would be too large, the least missed first; what comes before is left out too. */
const leftOut: readonly { readonly what: string; readonly without: (attempt: PageAttempt) => PageAttempt }[] =
  [
    {
      what: 'the messages in the clear of attempts that ended as expected',
      without: (attempt) => (isAsExpected(attempt) ? withoutTexts(attempt) : attempt),
    },
    { what: 'the messages in the clear', without: (attempt) => withoutTexts(attempt) },
    {
      what: 'the sequences of attempts that ended as expected, and all messages in the clear',
      without: (attempt) => (isAsExpected(attempt) ? withoutSequence(attempt) : withoutTexts(attempt)),
    },
    { what: 'the sequences of the attempts', without: (attempt) => withoutSequence(attempt) },
  ];

/**
 * Packs a page so that it is no larger than a number of bytes, as long as the sequences are what makes it larger. What had to be
 * left out is told in the notes of the page.
 *
 * @param render makes the page of its data
 * @param most bytes
 */
export function fitted(data: PageData, render: (data: PageData) => string, most: number): string {
  let page = render(data);
  for (const { what, without } of leftOut) {
    if (Buffer.byteLength(page) <= most) break;
    const cells = data.cells.map((cell) => ({ ...cell, attempts: cell.attempts.map(without) }));
    const note = `To keep this page small it lacks ${what}. The captures have them: nimsfw explain CELL says where.`;
    page = render({ ...data, cells, notes: [...data.notes, note] });
  }
  return page;
}

const isAsExpected = ({ verdict, expected }: PageAttempt): boolean => verdict === expected;

function withoutTexts(attempt: PageAttempt): PageAttempt {
  if (!attempt.sequence) return attempt;
  const arrows = attempt.sequence.arrows.map(({ text: _text, ...arrow }) => arrow);
  return { ...attempt, sequence: { ...attempt.sequence, arrows } };
}

function withoutSequence({ sequence: _sequence, ...attempt }: PageAttempt): PageAttempt {
  return attempt;
}
