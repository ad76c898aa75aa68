import type { PageCapture } from '../data';

/** The captures of an attempt. The page may lie beside the run's folder or alone, so it says which were there. */
export function CaptureLinks({ captures }: { captures: readonly PageCapture[] }) {
  return (
    <ul class="capture-links">
      {captures.map(({ title, path, isThere }, index) => (
        <li key={index}>
          {isThere ? (
            <a href={relativeAddress(path)} download>
              {title}
            </a>
          ) : (
            <>
              {title}: <code>{path}</code> was not there when this page was made
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** An address beside the page, whatever the path says: no scheme, no host. */
export const relativeAddress = (path: string): string =>
  `./${path.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`;
