import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageData } from '../data';
import { formatView, parseView, type View } from '../state/view';
import { NavigationContext, type Navigation } from '../view/navigation';
import { Page } from '../view/page';
import { readData } from './read-data';

function App({ data }: { readonly data: PageData }) {
  const [view, setView] = useState<View>(() => parseView(location.hash));
  useEffect(() => {
    const onChange = (): void => setView(parseView(location.hash));
    addEventListener('popstate', onChange);
    return () => removeEventListener('popstate', onChange);
  }, []);
  const go: Navigation['go'] = (next, { replace = false } = {}) => {
    history[replace ? 'replaceState' : 'pushState'](null, '', formatView(next));
    setView(next);
  };
  return (
    <NavigationContext.Provider value={{ view, go }}>
      <Page data={data} />
    </NavigationContext.Provider>
  );
}

async function start(): Promise<void> {
  const data = await readData(document.getElementById('data')!.textContent);
  render(<App data={data} />, document.getElementById('page')!);
}

void start();
