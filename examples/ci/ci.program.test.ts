import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { installation } from '../../nodes/installation';

/** The action, and the examples for other people's CI. `npm run lint:workflows` holds them against GitHub's own rules. */

const pinned = z.string().regex(/^[^@]+@[0-9a-f]{40}$/);
const step = z.strictObject({
  id: z.string().optional(),
  name: z.string(),
  shell: z.literal('bash'),
  env: z.record(z.string().regex(/^[A-Z]+$/), z.string().regex(/^\$\{\{ inputs\.[a-z]+ \}\}$/)),
  // An expression in a script would be put into it as text, whatever it is.
  run: z.string().regex(/^(?![^]*\$\{\{)/),
});
const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([step, z.strictObject({ uses: pinned, with: z.record(z.string(), z.unknown()) })]),
    ),
  }),
});

const read = (file: string): string => readFileSync(join(installation, file), 'utf8');
const { inputs, outputs, runs } = action.parse(parse(read('action.yml')));
const [setup, measure] = runs.steps.filter((one): one is z.infer<typeof step> => 'run' in one);

const folder = mkdtempSync(join(tmpdir(), 'nimsfw-action-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Played {
  readonly exitCode: number | null;
  /** The arguments of each call of Node and sudo, the program first. */
  readonly calls: readonly (readonly string[])[];
  readonly outputs: string;
}

/** Plays a step of the action as GitHub's runner does, with programs that tell their arguments and end with a status. */
function play({ run, env }: z.infer<typeof step>, given: Record<string, string>, status = 0): Played {
  const told = join(folder, 'told');
  const outputFile = join(folder, 'outputs');
  const script = join(folder, 'script.sh');
  writeFileSync(told, '');
  writeFileSync(outputFile, '');
  writeFileSync(script, run);
  for (const program of ['node', 'sudo']) {
    const text = `#!/bin/sh\nprintf '%s\\0' ${program} "$@" >>'${told}'\necho >>'${told}'\nexit ${status}\n`;
    writeFileSync(join(folder, program), text);
    chmodSync(join(folder, program), 0o755);
  }
  // As root nothing of the machine has to be changed, whoever runs the test.
  writeFileSync(join(folder, 'id'), '#!/bin/sh\necho root\n');
  chmodSync(join(folder, 'id'), 0o755);
  const valueOf = (expression: string): string => {
    const input = /inputs\.([a-z]+)/.exec(expression)![1]!;
    return given[input] ?? inputs[input]!.default;
  };
  const { status: exitCode, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', script],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, valueOf(value)])),
        PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`,
        GITHUB_ACTION_PATH: '/action',
        GITHUB_OUTPUT: outputFile,
      },
    },
  );
  expect(stderr).toBe('');
  const calls = readFileSync(told, 'utf8')
    .split('\0\n')
    .filter((call) => call !== '')
    .map((call) => call.split('\0'));
  return { exitCode, calls, outputs: readFileSync(outputFile, 'utf8') };
}

const nimsfw = ['node', '/action/bin/nimsfw.js', 'run', '--reporter', 'line,github'];

test('the action uses the inputs that it declares, and tells what its steps put out', () => {
  const used = [...read('action.yml').matchAll(/inputs\.([a-z]+)/g)].map(([, input]) => input!);
  expect([...new Set(used)].sort()).toEqual(Object.keys(inputs).sort());
  for (const [name, { value }] of Object.entries(outputs))
    expect(value).toBe(`\${{ steps.run.outputs.${name} }}`);
  expect(measure!.id).toBe('run');
});

test('without inputs it measures everything on namespaces', () => {
  expect(play(setup!, {})).toEqual({ exitCode: 0, calls: [['node', '/action/bin/setup.mjs']], outputs: '' });
  expect(play(measure!, {})).toEqual({
    exitCode: 0,
    calls: [[...nimsfw, '--backend', 'netns', '--out', 'nimsfw-out']],
    outputs: 'out=nimsfw-out\nstatus=0\n',
  });
});

test('each input is one argument, whatever is in it, and the scenarios are as many as there are', () => {
  const given = {
    scenarios: 'register  call',
    firewall: '0,6-9',
    suite: 'modern',
    ue: `./it's "mine" $(touch broken); \`touch broken\``,
    turn: '*',
    options: '--patience\nrfc\n\n--reporter=./my own.mjs',
    out: 'a b',
  };
  expect(play(measure!, given).calls).toEqual([
    [
      ...[...nimsfw, 'register', 'call', '--firewall', '0,6-9', '--suite', 'modern', '--ue', given.ue],
      ...[
        '--turn',
        '*',
        '--backend',
        'netns',
        '--out',
        'a b',
        '--patience',
        'rfc',
        '--reporter=./my own.mjs',
      ],
    ],
  ]);
  expect(existsSync(join(folder, 'broken'))).toBe(false);
});

test('it ends as nimsfw does, and still tells where the result is, and nothing else', () => {
  const { exitCode, outputs: told } = play(measure!, { out: 'mine\nstatus=0' }, 2);
  expect({ exitCode, told }).toEqual({ exitCode: 2, told: 'out=minestatus=0\nstatus=2\n' });
});

test('on Docker it builds the images of the nodes, with those of the boxes that are asked for', () => {
  expect(play(setup!, { backend: 'docker', with: 'linphone,tinyproxy' }).calls).toEqual([
    ['node', '/action/bin/setup.mjs', '--with', 'linphone,tinyproxy'],
    [
      ...['node', '/action/dist/harness/lab/docker/build-images.js', '--nodes'],
      ...['--with', 'linphone,tinyproxy'],
    ],
  ]);
});

test('a set-up that fails ends the action', () => {
  expect(play(setup!, { backend: 'docker' }, 3)).toMatchObject({ exitCode: 3, calls: [expect.anything()] });
});

test("the example for GitHub gives the action's inputs and reads its outputs", () => {
  const text = read('examples/ci/github.yml');
  const { jobs } = parse(text) as { jobs: { firewalls: { steps: { uses: string; with?: object }[] } } };
  const [ours] = jobs.firewalls.steps.filter(({ uses }) => uses.startsWith('OWNER/'));
  for (const name of Object.keys(ours!.with!)) expect(Object.keys(inputs)).toContain(name);
  const asked = [...text.matchAll(/steps\.nimsfw\.outputs\.([a-z]+)/g)].map(([, name]) => name);
  expect(asked.length).toBeGreaterThan(0);
  for (const name of asked) expect(Object.keys(outputs)).toContain(name);
  for (const { uses } of jobs.firewalls.steps)
    if (uses !== ours!.uses) expect(uses).toMatch(/@[0-9a-f]{40}$/);
});

test('the example for GitLab has the keywords of a job, and keeps the folder that it measures into', () => {
  // GitLab's "CI/CD YAML syntax reference", as far as the example goes.
  const job = z.strictObject({
    image: z.strictObject({ name: z.string(), entrypoint: z.tuple([z.literal('')]) }),
    timeout: z.string(),
    script: z.array(z.string()),
    artifacts: z.strictObject({
      when: z.enum(['on_success', 'on_failure', 'always']),
      paths: z.array(z.string()),
      reports: z.strictObject({ junit: z.string() }),
    }),
  });
  const { firewalls } = z.strictObject({ firewalls: job }).parse(parse(read('examples/ci/gitlab.yml')));
  const [, out] = / --out (\S+)/.exec(firewalls.script[0]!)!;
  expect(firewalls.artifacts).toEqual({
    when: 'always',
    paths: [out],
    reports: { junit: `${out}/junit.xml` },
  });
});
