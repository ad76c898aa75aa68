import { noticeLine } from '../lab/lab-error';
import { openBrowser } from '../live/open-browser';
import { LiveView } from '../live/live-view';

/** The flags of `run` that ask for a live view. */
interface LiveFlags {
  readonly open?: true;
  /** The port; 0 for a free one. */
  readonly live?: number;
}

/**
 * Begins the live view that the flags ask for, and prints its address to standard error.
 * @param out the folder of the run
 * @returns undefined if they ask for none
 * @throws LabError `PORT_TAKEN`
 */
export async function openLiveView(
  { open, live: port }: LiveFlags,
  out: string,
): Promise<LiveView | undefined> {
  if (!open && port === undefined) return undefined;
  const view = await LiveView.open(port ?? 0, out);
  console.error(`Live view: ${view.url}`);
  if (open)
    void openBrowser(view.url, process.env).then((why) => {
      if (why !== undefined)
        console.error(
          noticeLine('NO_BROWSER', `${why}; open ${view.url} yourself, or name a program in BROWSER`),
        );
    });
  return view;
}
