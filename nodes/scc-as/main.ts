import { readFileSync } from 'node:fs';
import { LocalPorts } from '../ue/dialler/local-ports';
import { openUdp } from '../ue/dialler/udp-channel';
import { messageOf } from '../ue/failure';
import type { SccAsConfig } from './config';
import { SccAsServer } from './scc-as-server';
import { readyText } from './ready-text';

/** The SCC AS as a program: `node main.js scc-as.json`. It runs until it is ended, or has lost the core. */
async function main(file: string): Promise<void> {
  // The lab has validated what it writes.
  const config = JSON.parse(readFileSync(file, 'utf8')) as SccAsConfig;
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const channel = await openUdp(
    config.address,
    new LocalPorts(config.port),
    { ip: config.imsCore.address, port: config.imsCore.port },
    ({ port }) => {
      if (port !== config.port) throw new Error(`UDP ${config.address}:${config.port} is taken`);
    },
  );
  await new Promise<void>((_, reject) => {
    const agent = new SccAsServer(config, channel, { note, lost: (failure) => reject(failure) });
    process.once('SIGTERM', () => {
      agent.stop();
      process.exit(0);
    });
    note(readyText);
  });
}

main(process.argv[2] ?? 'scc-as.json').catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
