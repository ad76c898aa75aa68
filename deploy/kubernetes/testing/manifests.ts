import { readFileSync } from 'node:fs';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IConfigMap, IContainer } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

export type Kind = 'ConfigMap' | 'PersistentVolumeClaim' | 'Job';

export interface Manifest {
  readonly kind: Kind;
  readonly metadata: { readonly name: string };
}

/** Reads a file of manifests. */
export const manifestsOf = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);

/** The file that users apply. */
export const text = readFileSync('deploy/kubernetes/nimsfw.yaml', 'utf8');
export const manifests = manifestsOf(text);

const found = (kind: Kind, name: string): unknown =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name);

/** What the user sets, which both jobs have as environment. */
export const settings = (found('ConfigMap', 'nimsfw') as IConfigMap).data!;

export const jobCalled = (name: string): IJob => found('Job', name) as IJob;

/** Returns the only container of a job. */
export const containerOf = (name: string): IContainer => jobCalled(name).spec!.template.spec!.containers[0]!;
