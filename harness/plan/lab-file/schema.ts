import { z } from 'zod';
import { securities, steps, suiteIds } from '../../../ladder';
import { places, type Place } from '../../../nodes/choices';
import { scenarios } from '../../../scenarios';

/** A command: a text for the shell, or the words of an argv. */
const command = z.union(
  [z.string().min(1, 'must not be empty'), z.array(z.string().min(1)).min(1, 'must name a program')],
  'must be a command (text for the shell, or a list of words)',
);

/** A box of somebody else's. */
const outside = z.strictObject({
  name: z
    .string()
    .regex(/^[\w][\w.-]{0,40}$/, 'must be a name of letters, digits, ".", "_" and "-"')
    .optional()
    .describe('The name by which reports call it; by default that of its program or image'),
  command: command
    .optional()
    .describe('Run in the node; in the image, if there is one, in place of its own command'),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('A container image that the engine has; only on the docker backend'),
  interface: z
    .string()
    .regex(
      /^[A-Za-z0-9_.-]{1,15}(\s*,\s*[A-Za-z0-9_.-]{1,15})*$/,
      'must be names of interfaces with commas between',
    )
    .optional()
    .describe(
      'Interfaces of this machine to which the box is wired, one for each network on which it stands',
    ),
  level: z
    .enum(['plain', 'rich'])
    .optional()
    .describe(
      'For the command of a phone (ue): plain, the default, is run for each attempt and answers by its exit status; rich speaks JSON-RPC',
    ),
});
export type OutsideSpec = z.infer<typeof outside>;

const box = z.union([z.string(), outside], 'must be the name of a box, or { command, image or interface }');
export type BoxSpec = z.infer<typeof box>;

const boxes = z.union(
  [z.string(), outside, z.array(box).min(1, 'must have at least one box')],
  'must be a box or a list of boxes',
);

/** One or several, by id. */
const some = <T extends z.ZodType>(one: T, what: string) =>
  z.union([one, z.array(one).min(1, 'must not be empty')], `must be ${what} or a list of them`);

/** A list such as `0-9,closed`, as the command line takes it; YAML reads `6` as a number. */
const firewallIds = some(
  z.union([z.string(), z.int()], 'must be the id of a firewall'),
  'the id of a firewall',
);

/** What is measured, in the words of the command line, which overrides it. */
const measured = z.strictObject({
  scenarios: some(z.enum(scenarios.map(({ id }) => id) as [string, ...string[]]), 'a scenario').optional(),
  firewalls: firewallIds.optional().describe('Ids or ranges, such as 0-9; all of the catalogue by default'),
  suites: some(z.enum(suiteIds), 'a suite').optional(),
  securities: some(z.enum(securities), 'a security').optional(),
  steps: some(z.literal(steps), 'a step').optional(),
  backend: z.enum(['netns', 'docker']).optional(),
  catalogue: z.string().min(1).optional().describe('A file with firewalls of your own, relative to this one'),
});

/** The form of a lab file, `nimsfw.yaml`: which boxes stand where, and what is measured. */
export const labFileSchema = z.strictObject({
  ...(Object.fromEntries(
    places.map((place) => [
      place,
      boxes.optional().describe(`The box at ${place}, or several of which each is measured`),
    ]),
  ) as Record<Place, z.ZodOptional<typeof boxes>>),
  measure: measured.optional(),
});
export type LabFileText = z.infer<typeof labFileSchema>;

/** Returns the text of `docs/nimsfw.schema.json`, the JSON Schema (2020-12) of a lab file. */
export function labFileJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(labFileSchema, { io: 'input' });
  const described = {
    $schema,
    $id: 'https://nimsfw-lab.example/nimsfw/1',
    title: 'A lab file of nimsfw-lab (nimsfw.yaml)',
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
