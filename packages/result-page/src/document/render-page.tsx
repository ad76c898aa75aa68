import { createHash } from 'node:crypto';
import { renderToString } from 'preact-render-to-string';
import type { PageData } from '../data';
import { fitted } from '../packed/fit';
import { pack } from '../packed/pack';
import { Page } from '../view/page';
import { withVisibleTexts } from '../visible-text';
import { pageScript, pageStyle } from './assets';

export interface PageOptions {
  /**
   * True for the page of a run that goes on: it asks the server that it came from for events, at `events` beside its own
   * address and with the query of that, until the run is over.
   */
  readonly live?: boolean;
}

/** Bytes of the largest page. A mail server, a code host or a browser on a phone takes that much without ado. */
const mostBytes = 2 ** 20;

/** Id of the element that has the data. */
const dataId = 'data';

/**
 * Makes a page: one HTML file that needs nothing else, neither a network nor a server. Its matrix and lists can be read
 * without scripts too; a script adds filters and the details of each cell. Texts of the data are shown as text,
 * whatever is in them.
 */
export const renderPage = (data: PageData, options: PageOptions = {}): string =>
  fitted(withVisibleTexts(data), (fitting) => documentOf(fitting, options), mostBytes);

function documentOf(data: PageData, { live = false }: PageOptions): string {
  const policy = [
    `default-src 'none'`,
    `script-src '${hashOf(pageScript)}'`,
    `style-src '${hashOf(pageStyle)}'`,
    ...(live ? [`connect-src 'self'`] : []),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${data.run.id}: ${data.run.summary}`}</title>
        <style dangerouslySetInnerHTML={{ __html: pageStyle }} />
      </head>
      <body>
        <div id="page">
          <Page data={data} />
        </div>
        <script id={dataId} type="text/plain" data-live={live ? '' : undefined}>
          {pack(data)}
        </script>
        <script dangerouslySetInnerHTML={{ __html: pageScript }} />
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}\n`;
}

/** The hash by which a Content-Security-Policy allows an element. */
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;
