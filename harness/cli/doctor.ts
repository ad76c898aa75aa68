import { builtInCatalogue } from '../../firewalls/catalogue';
import type { Finding } from './finding';
import { thisMachine, type Machine } from '../machine/machine';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import type { Program } from '../../nodes/program';
import { hasPart, install, partChecks, programChecks } from '../machine/program-checks';
import { remainsText, removeRemainsCommand } from '../machine/remains';
import { obstacles } from '../machine/surroundings';
import { tryOut } from './trials';

export type { Finding } from './finding';

/**
 * Checks everything that a run needs, and tries what it can in its own namespaces.
 *
 * @param boxes the boxes of the lab
 */
export async function diagnose(
  machine: Machine = thisMachine(),
  boxes: Boxes = builtInBoxes,
): Promise<Finding[]> {
  const [programFindings, tried] = await Promise.all([
    Promise.all(programChecks(machine, boxes).map((check) => program(machine, check))),
    Promise.all([tryOut(machine, boxes), docker(machine)]),
  ]);
  return [
    ...[node(machine), ...programFindings, ...parts(machine, boxes), ...surroundings(machine)],
    ...tried.flat(),
  ];
}

const marks = { required: 'MISSING', optional: 'absent ', remains: 'left   ' } as const;

/** Formats the findings for people: one line for each, with the remedy below if it is not ok. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.id.length), 0);
  const lines = findings.flatMap(({ id, ok, level, text, remedy }) => {
    const mark = ok ? 'ok     ' : marks[level];
    const line = `${mark}  ${id.padEnd(width)}  ${text}`;
    return remedy ? [line, `${' '.repeat(width + 11)}to mend it: ${remedy}`] : [line];
  });
  const missing = findings.filter((finding) => !finding.ok && finding.level === 'required').length;
  const verdict =
    missing === 0
      ? 'This machine can run the lab.'
      : `This machine cannot run the lab yet: ${missing} of the above ${missing === 1 ? 'is' : 'are'} missing.`;
  return `${[...lines, '', verdict].join('\n')}\n`;
}

/** Formats the findings as JSON for programs. */
export const findingsToJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify(findings, null, 2)}\n`;

function node({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const text = `Node ${nodeVersion}`;
  return ok
    ? { id: 'node', ok, level: 'required', text }
    : { id: 'node', ok, level: 'required', text, remedy: 'install Node 20.19 or newer' };
}

async function program(machine: Machine, check: Program): Promise<Finding> {
  const { name: id, version: question } = check;
  const level = check.isOptional ? 'optional' : 'required';
  if (!machine.has(id)) {
    return {
      id,
      ok: false,
      level,
      text: `the program ${id} is not installed`,
      remedy: install(check.debianPackage),
    };
  }
  const version = question.pattern.exec((await machine.run(question.argv)).output)?.[1];
  return { id, ok: true, level, text: version ?? 'installed; it does not say its version' };
}

/** Returns the findings on parts of programs; parts that share a line become one finding. */
function parts(machine: Machine, boxes: Boxes): Finding[] {
  const all = partChecks(boxes);
  return [...new Set(all.map(({ id }) => id))].map((id) => {
    const ofLine = all.filter((part) => part.id === id);
    const missing = ofLine.filter((part) => !hasPart(machine, part));
    const finding = { id, level: 'required' } as const;
    if (missing.length === 0)
      return { ...finding, ok: true, text: ofLine.map(({ works }) => works).join(' and ') };
    const names = missing.map(({ name }) => name).join(' and ');
    return {
      ...finding,
      ok: false,
      text: `${names} ${missing.length > 1 ? 'are' : 'is'} not installed`,
      remedy: install(missing.map(({ debianPackage }) => debianPackage).join(' ')),
    };
  });
}

/** Checks the inherited properties of the process that a lab cannot set, for the built-in catalogue. */
function surroundings(machine: Machine): Finding[] {
  const finding = { id: 'surroundings', level: 'required' } as const;
  const found = obstacles(builtInCatalogue.length, machine);
  if (found.length === 0)
    return [{ ...finding, ok: true, text: 'limits and ids suffice for a lab of all built-in firewalls' }];
  return found.map(({ text, remedy }) => ({ ...finding, ok: false, text, remedy }));
}

async function docker(machine: Machine): Promise<Finding[]> {
  const host = machine.environment['DOCKER_HOST'];
  const socket = host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
  const finding = { id: 'docker', level: 'optional' } as const;
  if (await machine.answers(socket))
    return [
      { ...finding, ok: true, text: `the engine answers at ${socket}` },
      ...(await dockerRemains(machine)),
    ];
  return [
    {
      ...finding,
      ok: false,
      text: `no Docker Engine answers at ${socket}; only the docker backend needs one`,
      remedy: `${install('docker.io')}; your user must be in the group docker`,
    },
  ];
}

async function dockerRemains(machine: Machine): Promise<Finding[]> {
  const finding = { id: 'docker-remains', level: 'remains' } as const;
  const remains = await machine.dockerRemains();
  if (remains === undefined) return [];
  if (remains.length === 0) return [{ ...finding, ok: true, text: 'nothing of killed runs' }];
  return remains.map((left) => ({
    ...finding,
    ok: false,
    text: remainsText(left),
    remedy: removeRemainsCommand,
  }));
}
