import { render } from 'preact';
import type { PageData } from '../data';
import { App } from './app';
import { unpack } from '../packed/unpack';

/** Says what is amiss above the page, which stays as it is without scripts. */
function tell(problem: string): void {
  const told = document.createElement('p');
  told.className = 'problem';
  told.setAttribute('role', 'alert');
  told.textContent = problem;
  document.getElementById('page')!.prepend(told);
}

async function start(): Promise<void> {
  const packed = document.getElementById('data')!;
  if (typeof DecompressionStream === 'undefined') {
    tell(
      'This browser cannot unpack the details of the cells (it has no DecompressionStream), so there are only tables. Chromium 80, Firefox 113, Safari 16.4 and newer can.',
    );
    return;
  }
  let data: PageData;
  try {
    data = await unpack(packed.textContent);
  } catch {
    tell(
      'The data of this page are damaged, so there are only tables. Make the page anew from its run, or fetch it once more.',
    );
    return;
  }
  const isLive = packed.dataset.live !== undefined;
  const place = document.getElementById('page')!;
  // What can be read without scripts gives way to the same with them, which may begin at a cell.
  place.replaceChildren();
  render(<App given={data} isLive={isLive} />, place);
}

void start();
