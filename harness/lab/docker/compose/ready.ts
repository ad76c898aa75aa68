import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../../../../nodes/ue/config';
import type { UeConfig } from '../../../../nodes/ue/protocol';
import { Ue } from '../../../../nodes/ue/ue';
import { LabError } from '../../lab-error';
import { probesFile, type CoreProbe } from './layout';

const withinMs = 30_000;

/**
 * The work of the service `ready` on the peer's network: waits until the core serves, as a UE without a
 * firewall would see it. Each box of the core tells how to see that.
 *
 * @throws LabError `NOT_READY`
 */
async function untilCoreServes(config: UeConfig, probes: readonly CoreProbe[]): Promise<void> {
  const ignore = (): void => undefined;
  const ue = new Ue(config, {
    flow: ignore,
    identifier: ignore,
    keylog: ignore,
    espSa: ignore,
    note: ignore,
  });
  await Promise.all(
    probes.map(({ node, kind, at }) =>
      ue.probe({ kind, at, withinMs }).catch((error: Error) => {
        throw new LabError('NOT_READY', `${error.message}; look at docker-compose logs ${node}`, { node });
      }),
    ),
  );
}

/** @param file the peer's configuration; the probes are in the same folder */
async function main(file: string): Promise<void> {
  const probes = JSON.parse(readFileSync(join(dirname(file), probesFile), 'utf8')) as CoreProbe[];
  await untilCoreServes(readConfig(file), probes);
}

main(process.argv[2] ?? 'ue.json').then(
  () => process.stdout.write('ready: the core serves\n', () => process.exit(0)),
  (error: Error) => {
    const code = error instanceof LabError ? ` [${error.code}]` : '';
    process.stderr.write(`ready: ${error.message}${code}\n`, () => process.exit(3));
  },
);
