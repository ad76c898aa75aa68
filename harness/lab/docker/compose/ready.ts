import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../../../nodes/ue/config';
import type { UeConfig } from '../../../../nodes/ue/protocol';
import { Ue } from '../../../../nodes/ue/ue';
import { registrationRungs } from '../../../../ladder';
import { LabError } from '../../lab-error';

const withinMs = 30_000;
const betweenMs = 100;

/**
 * What the service `ready` does, on the peer's network: waits until the core serves, as a UE would see it with no
 * firewall in between. The TURN server gives an allocation, and the P-CSCF a registration, which takes the IMS core too.
 *
 * @throws LabError `NOT_READY`
 */
export async function untilCoreServes(config: UeConfig): Promise<void> {
  const ignore = (): void => undefined;
  const ue = new Ue(config, { flow: ignore, identifier: ignore, keylog: ignore, note: ignore });
  const deadline = performance.now() + withinMs;
  const { turn } = config;
  const at = { ip: turn.address, port: turn.ports.udp };
  await ue.probe({ kind: 'turn-allocate', at, withinMs }).catch((error: Error) => {
    throw notReady('turn', error.message);
  });
  for (let number = 1; ; number += 1) {
    const { end, failure } = await ue.register({
      attempt: `ready-${number}`,
      ...registrationRungs[0]!,
      suite: 'aes',
    });
    if (end === 'passed') return;
    if (performance.now() > deadline)
      throw notReady('pcscf', `waited ${withinMs} ms for a registration, in vain: ${failure?.text}`);
    await pause(betweenMs);
  }
}

const notReady = (node: string, why: string): LabError =>
  new LabError('NOT_READY', `${why}; look at docker-compose logs ${node}`, { node });

if (require.main === module)
  untilCoreServes(readConfig(process.argv[2] ?? 'ue.json')).then(
    () => process.stdout.write('ready: the core serves\n', () => process.exit(0)),
    (error: Error) => {
      const code = error instanceof LabError ? ` [${error.code}]` : '';
      process.stderr.write(`ready: ${error.message}${code}\n`, () => process.exit(3));
    },
  );
