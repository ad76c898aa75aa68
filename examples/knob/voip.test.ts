import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import * as ts from 'typescript';
import type * as Expectations from '../../harness/judge/expectation';
import type * as KnobModule from '../../firewalls/knobs';
import type * as RuleModule from '../../firewalls/rules';
import { registrationRungs, relayRungs, type Rung } from '../../ladder';
import { installation } from '../../nodes/installation';

const read = (path: string): string => readFileSync(join(installation, path), 'utf8');
const patch = read('examples/knob/voip.patch');

/** The sources that the patch edits, after it is applied. */
const patched = new Map(
  patch
    .split(/^--- a\//m)
    .slice(1)
    .map((part): [string, string] => {
      const [, path] = /^\+\+\+ b\/(.*)$/m.exec(part)!;
      const hunks = part.split(/^@@.*\n/m).slice(1);
      const side = (hunk: string, mark: '-' | '+'): string =>
        hunk
          .trimEnd()
          .split('\n')
          .filter((line) => [' ', mark, ''].includes(line.slice(0, 1)))
          .map((line) => `${line.slice(1)}\n`)
          .join('');
      const text = hunks.reduce((before, hunk) => {
        expect(before).toContain(side(hunk, '-'));
        return before.replace(side(hunk, '-'), () => side(hunk, '+'));
      }, read(path!));
      return [path!, text];
    }),
);

const modules = createRequire(__filename);

/** Loads a patched module, which in turn loads the other patched ones. */
function load(path: string): unknown {
  const compiler = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(patched.get(path)!, { compilerOptions: compiler });
  const module = { exports: {} };
  const requires = (name: string): unknown => {
    if (!name.startsWith('.')) return modules(name);
    const other = join(path, '..', name);
    return patched.has(`${other}.ts`) ? load(`${other}.ts`) : modules(join(__dirname, '../..', other));
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function('require', 'module', 'exports', outputText)(requires, module, module.exports);
  return module.exports;
}

it('edits no more than three files', () => {
  expect([...patched.keys()]).toEqual([
    'firewalls/knobs.ts',
    'firewalls/rules.ts',
    'harness/judge/expectation.ts',
  ]);
});

describe('with the patch', () => {
  const { knobsSchema } = load('firewalls/knobs.ts') as typeof KnobModule;
  const { describeRules } = load('firewalls/rules.ts') as typeof RuleModule;
  const { expectationOf } = load('harness/judge/expectation.ts') as typeof Expectations;
  const knobs = knobsSchema.parse({ voip: 'deny' });

  it('a firewall has the rule, and without the knob denies nothing', () => {
    const denying = describeRules(knobs).find(({ id }) => String(id) === 'voip-ports');
    expect(denying).toMatchObject({ statement: 'UDP and TCP to ports 3478, 5060, 5061 and 5349' });
    expect(describeRules(knobsSchema.parse({}))).toEqual([]);
  });

  it('one expects to get through where the port is not one of telephony', () => {
    const isOpen = (rung: Rung): boolean =>
      rung.through === 'direct' && expectationOf(knobs, rung, 'aes').verdict === 'passed';
    const open = [...registrationRungs, ...relayRungs].filter(isOpen);
    expect(open.map(({ step, server, via }) => `${step} ${server} ${via}`)).toEqual([
      '3 pcscf tls:443',
      '3 turn tcp:80',
      '3 turn tls:443',
    ]);
  });
});

it('is what docs/extending.md shows', () => {
  expect(read('docs/extending.md')).toContain(`\`\`\`diff\n${patch}\`\`\``);
});
