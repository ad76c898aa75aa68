import type { PageCell, PageData } from '../data';
import { withCell, type Connection } from '../state/live';
import { withVisibleTexts } from '../visible-text';

export interface Following {
  readonly onData: (change: (data: PageData) => PageData) => void;
  readonly onConnection: (connection: Connection) => void;
}

/**
 * Follows a run: the server sends `page` with a whole PageData, as its first word and when much has changed, and `cell`
 * with one PageCell. It is over when a page says so. The browser asks again by itself when the server does not answer.
 * @returns a function that ends it
 */
export function followRun({ onData, onConnection }: Following): () => void {
  // Relative to the page, with the query of its address, which has the token.
  const source = new EventSource(`events${location.search}`);
  source.addEventListener('open', () => onConnection('connected'));
  source.addEventListener('error', () => onConnection('lost'));
  source.addEventListener('page', ({ data }: MessageEvent<string>) => {
    const page = withVisibleTexts(JSON.parse(data) as PageData);
    onData(() => page);
    if (page.run.isOver) source.close();
  });
  source.addEventListener('cell', ({ data }: MessageEvent<string>) => {
    const cell = withVisibleTexts(JSON.parse(data) as PageCell);
    onData((page) => withCell(page, cell));
  });
  return () => source.close();
}
