import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../../kit/group-by';
import { isSafePath } from '../bundle/safe-path';
import type { Citation } from '../evidence/citation';
import { kindOf } from '../evidence/evidence';
import { pcapItems, type PcapProblem } from '../evidence/pcap';
import type { RunResult } from '../judge/result';
import { storedTrace } from '../judge/stored-trace';
import type { Disagreement } from './differences';

/** The frames that evidence cites, looked up in the captures. */
export interface LookedUp {
  /** How many were looked up. */
  readonly frames: number;
  /** How many could not be, by the capture that is not there. */
  readonly unavailable: ReadonlyMap<string, number>;
  readonly disagreements: readonly Disagreement[];
}

/** A citation of one attempt. */
interface Cited {
  readonly attempt: string;
  readonly citation: Citation;
  /** Path of the capture in the folder; it begins with the variant's name, if there are several. */
  readonly path: string;
}

/**
 * Looks up every frame that evidence of a run cites: it is in its capture, and is what the evidence says of it.
 *
 * @param folder of the run; undefined if there are no captures
 */
export async function lookUpFrames({ cells }: RunResult, folder: string | undefined): Promise<LookedUp> {
  const cited = cells.flatMap(({ variant, attempts }) =>
    attempts.flatMap((attempt) =>
      attempt.evidence
        .flatMap((item) => kindOf(item).cites(item, storedTrace(attempt)))
        .map((citation): Cited => {
          const path = variant === undefined ? citation.capture : `${variant}/${citation.capture}`;
          return { attempt: attempt.id, citation, path };
        }),
    ),
  );
  const unavailable = new Map<string, number>();
  const disagreements: Disagreement[] = [];
  let frames = 0;
  for (const [path, ofOne] of groupBy(cited, (one) => one.path)) {
    if (!isSafePath(path)) {
      disagreements.push(...ofOne.map((one) => disagreement(one, 'no capture of this run')));
    } else if (folder === undefined || !existsSync(join(folder, path))) {
      unavailable.set(path, ofOne.length);
    } else {
      frames += ofOne.length;
      disagreements.push(...(await lookUpIn(join(folder, path), ofOne)));
    }
  }
  return { frames, unavailable, disagreements };
}

async function lookUpIn(file: string, cited: readonly Cited[]): Promise<Disagreement[]> {
  const wanted = groupBy(cited, ({ citation }) => String(citation.frame));
  const found: Disagreement[] = [];
  let problem: string | undefined;
  try {
    for await (const item of pcapItems(createReadStream(file))) {
      if (item.kind === 'problem') {
        problem = words(item);
        break;
      }
      for (const one of wanted.get(String(item.frame)) ?? []) {
        const seen = one.citation.differs(item);
        if (seen !== undefined) found.push(disagreement(one, seen));
      }
      wanted.delete(String(item.frame));
      if (wanted.size === 0) break;
    }
  } catch (error) {
    problem = `it cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
  const missing = [...wanted.values()].flat();
  const why = problem === undefined ? 'not there' : `not there (${problem})`;
  return [...found, ...missing.map((one) => disagreement(one, why))];
}

const words = ({ text, code }: PcapProblem): string => `${text}, ${code}`;

const disagreement = ({ attempt, citation, path }: Cited, seen: string): Disagreement => ({
  id: attempt,
  text: `frame ${citation.frame} of ${path}, which its evidence cites, is ${seen}`,
});
