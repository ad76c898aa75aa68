import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { builtInCatalogue } from '../../../firewalls/catalogue';
import { TestFolder } from '../../../nodes/ue/testing/folder';
import { linkTypes } from '../../evidence/pcap';
import { pcap, recordAt } from '../../evidence/testing/builders';
import type { AttemptResult, RunResult } from '../../judge/result';
import { attempt, cell, run } from '../../report/result-fixture';
import { readSequences } from '../read-sequences';
import type { Sequence } from '../sequence';

/** Begin of the attempts, ms since the epoch. */
export const start = 1_795_424_000_000;

/** A packet, and when it was captured, in ms since {@link start}. */
export type At = readonly [at: number, bytes: Buffer];

export const capture = (packets: readonly At[], linkType: number = linkTypes.raw): Buffer =>
  pcap(
    packets.map(([at, bytes]) => recordAt(start + at, bytes)),
    { linkType },
  );

/** The result of a run of one attempt behind a firewall of the catalogue. */
export function resultOf(firewall: string, more: Partial<AttemptResult>): RunResult {
  const own = attempt('2 udp:5060', 'passed', { startedAt: start, endedAt: start + 1000, ...more });
  const { run: about, ...rest } = run([cell(`${firewall}/register/aes`, [own], 2)]);
  const firewalls = builtInCatalogue
    .filter(({ id }) => id === firewall)
    .map(({ id, title, source, confidence, knobs }) => ({ id, title, source, confidence, knobs }));
  const plan = {
    ...about.plan,
    catalogue: { ...about.plan.catalogue, firewalls: builtInCatalogue.map(({ id }) => id) },
  };
  return { ...rest, run: { ...about, firewalls, plan } };
}

/** Reads the sequence of the one attempt from a folder with these files. */
export async function sequenceOf(
  result: RunResult,
  files: Readonly<Record<string, Buffer | string>>,
): Promise<Sequence> {
  using folder = new TestFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(folder.file(name)), { recursive: true });
    writeFileSync(folder.file(name), content);
  }
  const [sequence] = (await readSequences(folder.path, result)).values();
  return sequence!;
}

/** Shows the arrows of a sequence, a line each. */
export const shown = ({ arrows }: Sequence): string[] =>
  arrows.map(({ at, from, to, label, carriers, count, denied }) =>
    [
      `${Math.round(at - start)} ${from} > ${to}: ${[...carriers, label].join(' ')}`,
      ...(count > 1 ? [`x${count}`] : []),
      ...(denied ? [`denied by ${denied.firewall} ${denied.rule}`] : []),
    ].join(' '),
  );
