import { builtInCatalogue } from '../../firewalls/catalogue';
import type { Finding } from './finding';
import { thisMachine, type Machine } from '../machine/machine';
import { builtInBoxes } from '../../nodes';
import type { Box, Boxes } from '../../nodes/box';
import { choices } from '../../nodes/choices';
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
 * @param chosen the boxes that a user can choose
 */
export async function diagnose(
  machine: Machine = thisMachine(),
  boxes: Boxes = builtInBoxes,
  chosen: Choices = choices,
): Promise<Finding[]> {
  const [programFindings, boxFindings, tried] = await Promise.all([
    Promise.all(programChecks(machine, boxes).map((check) => program(machine, check))),
    Promise.all(others(chosen, boxes).map((one) => choice(machine, one))),
    Promise.all([tryOut(machine, boxes), docker(machine)]),
  ]);
  return [
    ...[node(machine), ...programFindings, ...parts(machine, boxes), ...surroundings(machine)],
    ...tried.flat(),
    ...boxFindings,
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

type Choices = Readonly<Record<string, Readonly<Record<string, Box>>>>;

/** Lists the boxes that can be chosen and do not stand in every lab, by name. */
function others(chosen: Choices, boxes: Boxes): [name: string, box: Box][] {
  return Object.values(chosen)
    .flatMap((of) => Object.entries(of))
    .filter(([, box]) => ![...boxes].includes(box));
}

/** Returns the finding on a box that can be chosen. */
async function choice(machine: Machine, [name, box]: [string, Box]): Promise<Finding> {
  const finding = { id: `${box.kind}-${name}`, level: 'optional' } as const;
  const flag = box.kind === 'firewall' ? 'firewall-box' : box.kind;
  const missing = [
    ...box.programs.filter((one) => !one.isOptional && !machine.has(one.name)),
    ...(box.parts ?? []).filter((part) => !hasPart(machine, part)),
  ];
  const use = `--${flag} ${name}`;
  if (missing.length > 0)
    return {
      ...finding,
      ok: false,
      text: `${missing.map((one) => one.name).join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed; only ${use} needs it`,
      remedy: `nimsfw setup --with ${name}`,
    };
  const own = box.programs.find(({ product }) => product !== undefined);
  const version = own?.version.pattern.exec((await machine.run(own.version.argv)).output)?.[1];
  return { ...finding, ok: true, text: version === undefined ? use : `${version}, for ${use}` };
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
