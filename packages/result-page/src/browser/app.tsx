import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PageData } from '../data';
import type { Connection } from '../state/live';
import { formatView, parseView, type View } from '../state/view';
import { NavigationContext, type Navigation } from '../view/navigation';
import { Page } from '../view/page';
import { followRun } from './live';

export interface AppProps {
  readonly given: PageData;
  readonly isLive: boolean;
}

/** The page with scripts: what of it is shown is the fragment of the address. */
export function App({ given, isLive }: AppProps) {
  const [data, setData] = useState(given);
  const [connection, setConnection] = useState<Connection>('none');
  const [view, setView] = useState<View>(() => parseView(location.hash));
  useEffect(
    () => (isLive ? followRun({ onData: setData, onConnection: setConnection }) : undefined),
    [isLive],
  );
  useEffect(() => {
    // Back, forward, and an address that somebody types.
    const onChange = (): void => setView(parseView(location.hash));
    addEventListener('popstate', onChange);
    return () => removeEventListener('popstate', onChange);
  }, []);
  const go: Navigation['go'] = (next, { replace = false } = {}) => {
    history[replace ? 'replaceState' : 'pushState'](null, '', formatView(next));
    setView(next);
  };
  useLinks(go);
  useEscape(view, go);
  usePlace(view);
  useEffect(() => {
    document.title = `${view.cell === undefined ? '' : `${view.cell}, `}${data.run.id}: ${data.run.summary}`;
  }, [view.cell, data.run]);
  return (
    <NavigationContext.Provider value={{ view, go }}>
      <Page data={data} connection={connection} />
    </NavigationContext.Provider>
  );
}

type Go = NonNullable<Navigation['go']>;

/** Follows the links of the page without the browser's own jump. A link opens in a new window as anywhere. */
function useLinks(go: Go): void {
  useEffect(() => {
    const onClick = (event: MouseEvent): void => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      const href = link?.getAttribute('href');
      if (!href?.startsWith('#')) return;
      event.preventDefault();
      go(parseView(href));
    };
    document.addEventListener('click', onClick);
    return () => document.removeEventListener('click', onClick);
  });
}

/** Escape closes the cell, unless it means something where it was pressed. */
function useEscape(view: View, go: Go): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || view.cell === undefined) return;
      go({ filter: view.filter });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

/**
 * Keeps a reader's place: a cell begins at its top, a section is scrolled to and unfolded, and whoever comes back from a
 * cell is where the matrix was left, with the focus on that cell.
 */
function usePlace({ cell, at }: View): void {
  const before = useRef<{ cell: string | undefined; matrixAt: number }>({ cell: undefined, matrixAt: 0 });
  const matrixAt = cell === undefined ? 0 : scrollY;
  useLayoutEffect(() => {
    const last = before.current;
    if (cell !== undefined) {
      if (last.cell === undefined) last.matrixAt = matrixAt;
      if (last.cell !== cell) scrollTo(0, 0);
    } else if (last.cell !== undefined && at === undefined) {
      scrollTo(0, last.matrixAt);
      document.getElementById(`cell=${last.cell}`)?.focus({ preventScroll: true });
    }
    last.cell = cell;
  }, [cell]);
  useEffect(() => {
    const section = at === undefined ? null : document.getElementById(at);
    if (section instanceof HTMLDetailsElement) section.open = true;
    section?.scrollIntoView();
  }, [at]);
}
