import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../../../firewalls/catalogue';
import { impisOf } from '../../../../nodes/subscribers';
import { topologyFor } from '../../../../nodes/topology-for';
import { secretsKeptIn } from './kept-secrets';
import { nodeFiles } from './node-files';

/**
 * The work of the service `setup` before any node of the lab starts: makes the lab's CA, certificates and
 * passwords, and gives each node its own files. A second call changes nothing.
 *
 * @returns a line for the log
 * @throws LabError see {@link secretsKeptIn}
 */
export async function setUp(folders: { readonly nodes: string; readonly secrets: string }): Promise<string> {
  const subscribers = impisOf(topologyFor(builtInCatalogue, builtInCatalogue));
  const secrets = await secretsKeptIn(join(folders.secrets, 'secrets.json'), subscribers);
  const given = nodeFiles(builtInCatalogue, secrets);
  for (const [node, files] of given) {
    mkdirSync(join(folders.nodes, node), { recursive: true });
    for (const [name, content] of Object.entries(files)) give(join(folders.nodes, node, name), content);
  }
  return `${given.size} nodes have their files`;
}

/** Writes a file that every user can read. Only one node has the file, and its programs may run as any user. */
function give(file: string, content: string): void {
  // An unchanged file is not written again, because a node that is just starting must never find half a file.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== content)
    writeFileSync(file, content, { mode: 0o644 });
}
