import type { Security, Step, SuiteId } from '../../../ladder';
import { meant, readYaml, show, type Mistake, type Path, type YamlResult } from '../../../kit/yaml-file';
import type { Box } from '../../../nodes/box';
import { choices, places, type Place } from '../../../nodes/choices';
import { commandBox } from '../../../nodes/outside/command-box';
import { plainPhone } from '../../../nodes/phones/plain/plain';
import { imageBox, isReference } from '../../../nodes/outside/image-box';
import { benchPlaces, interfaceBox } from '../../../nodes/outside/interface-box';
import { labFileSchema, type BoxSpec, type LabFileText, type OutsideSpec } from './schema';

/** One combination of the boxes of a lab file. */
export interface Variant {
  /** The names of the boxes that differ between the variants; also a folder's name. */
  readonly name: string;
  readonly boxes: readonly Box[];
}

/** What a lab file says to measure, as far as it says it. */
export interface Measured {
  readonly scenarios?: readonly string[];
  /** Ids and ranges, as the command line takes them. */
  readonly firewalls?: string;
  readonly suites?: readonly SuiteId[];
  readonly securities?: readonly Security[];
  readonly steps?: readonly Step[];
  readonly backend?: 'netns' | 'docker';
  /** Path of the catalogue, as the lab file has it. */
  readonly catalogue?: string;
}

/** A lab file, read. */
export interface LabFile {
  /** At least one. */
  readonly variants: readonly Variant[];
  readonly measured: Measured;
}

/** Most variants of one file: each is a run of its own. */
const mostVariants = 100;

/**
 * Reads a lab file. It never throws: for any text the result is a lab file or the list of its mistakes, each with path
 * and line.
 *
 * @param file the name that the problems have for the file
 * @param folder absolute path of the folder that its commands are run in
 * @param check finds mistakes that show outside the file
 */
export function parseLabFile(
  text: string,
  file: string,
  folder: string,
  check: (measured: Measured) => readonly Mistake[] = () => [],
): YamlResult<LabFile> {
  const read = readYaml(text, file, {
    schema: labFileSchema,
    oneDocument: 'list several boxes at their place',
    keysAt,
    check: (value) => {
      const mistakes = mistakesIn(value);
      return mistakes.length > 0 ? mistakes : check(measuredBy(value.measure ?? {}));
    },
  });
  if (!read.ok) return read;
  const { measure = {}, ...at } = read.value;
  return { ok: true, value: { variants: variantsOf(at, folder), measured: measuredBy(measure) } };
}

const boxKeys = ['name', 'command', 'image', 'interface', 'level'];
const measureKeys = ['scenarios', 'firewalls', 'suites', 'securities', 'steps', 'backend', 'catalogue'];

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return [...places, 'measure'];
  return path[0] === 'measure' ? measureKeys : boxKeys;
}

/** Makes a box of what the file says of it. */
function boxOf(place: Place, spec: BoxSpec, folder: string): Box {
  if (typeof spec === 'string') return choices[place][spec]!;
  const { name, command, image, interface: at, level } = spec;
  const box =
    at !== undefined
      ? interfaceBox(place, interfacesIn(at))
      : image === undefined
        ? place === 'ue' && level !== 'rich'
          ? plainPhone(command!, folder)
          : commandBox(place, command!, folder)
        : imageBox(place, image, command);
  return name === undefined ? box : { ...box, name };
}

const interfacesIn = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

/** The name of a box by which a variant is told from others. */
function nameOf(place: Place, spec: BoxSpec): string {
  if (typeof spec === 'string') return spec;
  const name = boxOf(place, spec, '/').name!;
  return name.replaceAll(/[^\w.-]+/g, '-').replace(/^[-.]+/, '') || 'box';
}

const listed = (specs: BoxSpec | readonly BoxSpec[] | undefined): readonly BoxSpec[] =>
  specs === undefined ? [] : Array.isArray(specs) ? (specs as readonly BoxSpec[]) : [specs as BoxSpec];

/** Combines each box of a place with each of every other place. */
function variantsOf(at: Omit<LabFileText, 'measure'>, folder: string): Variant[] {
  const sets = places
    .map((place) => ({ place, specs: listed(at[place]) }))
    .filter(({ specs }) => specs.length > 0);
  let variants: { readonly names: readonly string[]; readonly boxes: readonly Box[] }[] = [
    { names: [], boxes: [] },
  ];
  for (const { place, specs } of sets)
    variants = variants.flatMap(({ names, boxes }) =>
      specs.map((spec) => ({
        names: specs.length > 1 ? [...names, nameOf(place, spec)] : names,
        boxes: [...boxes, boxOf(place, spec, folder)],
      })),
    );
  return variants.map(({ names, boxes }) => ({ name: names.join('+') || 'lab', boxes }));
}

function measuredBy(measure: NonNullable<LabFileText['measure']>): Measured {
  const { scenarios, firewalls, suites, securities, steps, backend, catalogue } = measure;
  return {
    ...(scenarios === undefined ? {} : { scenarios: [scenarios].flat() }),
    ...(firewalls === undefined ? {} : { firewalls: [firewalls].flat().join(',') }),
    ...(suites === undefined ? {} : { suites: [suites].flat() }),
    ...(securities === undefined ? {} : { securities: [securities].flat() }),
    ...(steps === undefined ? {} : { steps: [steps].flat() }),
    ...(backend === undefined ? {} : { backend }),
    ...(catalogue === undefined ? {} : { catalogue }),
  };
}

/** Finds what is wrong with a file that has the right form. */
function mistakesIn({ measure, ...at }: LabFileText): Mistake[] {
  const wrong = places.flatMap((place) => {
    const specs = at[place];
    const isList = Array.isArray(specs);
    return listed(specs).flatMap((spec, index) =>
      mistakesOfBox(place, spec, isList ? [place, index] : [place], measure?.backend),
    );
  });
  if (wrong.length > 0) return wrong;
  const repeated = places.flatMap((place) => {
    const names = listed(at[place]).map((spec) => nameOf(place, spec));
    return names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [
            {
              path: [place, index],
              text: `${show(name)} is at ${place}[${names.indexOf(name)}] already (give one of them another name)`,
            },
          ],
    );
  });
  const count = places.reduce((product, place) => product * Math.max(1, listed(at[place]).length), 1);
  return count <= mostVariants
    ? repeated
    : [...repeated, { path: [], text: `has ${count} variants (allowed: ${mostVariants}; list fewer boxes)` }];
}

/** Names of files beside the folders of variants, which have the names of boxes. */
const resultFiles = /^(?:.*\.(?:json|xml|md)|events\.jsonl|keys\.log|shard-empty)$/i;

function mistakesOfBox(place: Place, spec: BoxSpec, path: Path, backend: Measured['backend']): Mistake[] {
  if (typeof spec === 'string') return unknownChoice(place, spec, path);
  const { command, image, interface: at, level }: OutsideSpec = spec;
  const given = Object.keys({ ...spec }).filter((key) => key !== 'name');
  if (image === undefined && command === undefined && at === undefined)
    return [{ path, text: 'says not what stands there (allowed: command, image or interface)' }];
  if (at !== undefined && given.length > 1)
    return [{ path, text: `are two boxes for one place (${given.join(' and ')}; allowed: one)` }];
  if (at !== undefined && !benchPlaces.includes(place))
    return [
      {
        path: [...path, 'interface'],
        text: `cannot be for ${place} (allowed for ${benchPlaces.join(', ')})`,
      },
    ];
  if (spec.name !== undefined && resultFiles.test(spec.name))
    return [{ path: [...path, 'name'], text: 'is the name of a file of a result (allowed: any other name)' }];
  if (image !== undefined && backend === 'netns')
    return [{ path: [...path, 'image'], text: 'is only for the docker backend (measure.backend is netns)' }];
  if (image !== undefined && !isReference(image))
    return [
      { path: [...path, 'image'], text: `${show(image)} is no name of an image (such as vendor/turn:1)` },
    ];
  if (typeof command === 'string' && command.trim() === '')
    return [{ path: [...path, 'command'], text: 'must not be empty' }];
  if (level !== undefined && (place !== 'ue' || image !== undefined))
    return [{ path: [...path, 'level'], text: 'is only for the command of a phone at ue' }];
  return [];
}

function unknownChoice(place: Place, name: string, path: Path): Mistake[] {
  const known = Object.keys(choices[place]);
  if (Object.hasOwn(choices[place], name)) return [];
  const allowed = [...known, '{ command }', '{ image }', '{ interface }'].join(', ');
  return [{ path, text: `${show(name)} is not known (${meant(name, known)}allowed: ${allowed})` }];
}
