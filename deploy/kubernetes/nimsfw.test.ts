import { readFileSync } from 'node:fs';
import { Job } from 'kubernetes-models/batch/v1';
import { ConfigMap, PersistentVolumeClaim } from 'kubernetes-models/v1';
import ts from 'typescript';
import { parse } from 'yaml';
import {
  containerOf,
  jobCalled,
  manifests,
  manifestsOf,
  settings,
  text,
  type Kind,
  type Manifest,
} from './testing/manifests';

/** The manifests, held against the schema of Kubernetes. */

const kinds = { ConfigMap, PersistentVolumeClaim, Job } satisfies Record<Kind, unknown>;
/** The module of kubernetes-models that has the type of each kind. */
const modules = { ConfigMap: 'v1', PersistentVolumeClaim: 'v1', Job: 'batch/v1' };
/** Returns the text with something that is in it put in place of something else. */
function changed(from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

/** Throws what a manifest has that the schema does not allow. Keys that the schema lacks it passes over. */
function validate(all: readonly Manifest[]): void {
  for (const manifest of all) {
    const kind = kinds[manifest.kind] as unknown as new (data: Manifest) => { validate(): void };
    new kind(manifest).validate();
  }
}

/** Returns what the compiler has against the manifests as values of the schema's types: it knows every key. */
function complaintsAbout(all: readonly Manifest[]): string[] {
  const name = 'manifests.ts';
  const source = all
    .map(
      (manifest, index) =>
        `export const m${index}: import('kubernetes-models/${modules[manifest.kind]}').I${manifest.kind} = ${JSON.stringify(manifest)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === name || fileExists(path);
  host.getSourceFile = (path, languageVersion, ...more) =>
    path === name
      ? ts.createSourceFile(path, source, languageVersion)
      : getSourceFile(path, languageVersion, ...more);
  const program = ts.createProgram([name], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('fits the schema, and has no key that the schema lacks', () => {
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ConfigMap nimsfw',
    'PersistentVolumeClaim nimsfw',
    'Job nimsfw-shard',
    'Job nimsfw-collect',
  ]);
  expect(() => validate(manifests)).not.toThrow();
  expect(complaintsAbout(manifests)).toEqual([]);
});

test.each([
  ['a number that is none', 'completions: 4', 'completions: four', '/spec/completions'],
  ['no containers', 'containers:', 'initContainers:', 'required property containers'],
  ['a word where there is a list', '- ReadWriteMany', 'ReadWriteMany', '/spec/accessModes'],
])('%s does not fit the schema', (_, from, to, path) => {
  expect(() => validate(manifestsOf(changed(from, to)))).toThrow(path);
});

test('a misspelt key is found', () => {
  expect(complaintsAbout(manifestsOf(changed('completionMode', 'completionsMode')))).toEqual([
    `Object literal may only specify known properties, and '"completionsMode"' does not exist in type 'IJobSpec'.`,
  ]);
});

test('there are as many indexes as shards, each of them measured once', () => {
  const { SHARDS } = settings;
  expect(jobCalled('nimsfw-shard').spec).toMatchObject({
    completionMode: 'Indexed',
    completions: Number(SHARDS),
    parallelism: Number(SHARDS),
    backoffLimitPerIndex: 0,
  });
  for (const name of ['nimsfw-shard', 'nimsfw-collect'])
    expect(containerOf(name).envFrom).toEqual([{ configMapRef: { name: 'nimsfw' } }]);
});

test('a shard has the rights with which the one on Swarm was tested', () => {
  const stack = parse(readFileSync('deploy/swarm/stack.yaml', 'utf8'), { merge: true }) as {
    services: { shard: { cap_drop: string[]; cap_add: string[] } };
  };
  const { cap_drop: drop, cap_add: add } = stack.services.shard;
  expect(containerOf('nimsfw-shard').securityContext?.capabilities).toEqual({ drop, add });
});
