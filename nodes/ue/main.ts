import { isNativeError } from 'node:util/types';
import { ownCapabilities } from './capabilities';
import { readConfig } from './config';
import { startEcho } from './echo';
import { messageOf } from './failure';
import { LineOutput, methodsOf, serveMethods } from './rpc-server';
import { Ue } from './ue';

/**
 * The reference UE as a program: `node main.js ue.json`. It speaks the protocol of `protocol.ts` on stdin and
 * stdout and ends when stdin does.
 */
async function main(file: string): Promise<void> {
  const output = new LineOutput(process.stdout, process.stderr);
  const config = readConfig(file);
  const ue = new Ue(config, output.listener());
  // An error that nothing else caught cannot be tied to one attempt, so it ends all that are running.
  const unexpected = (error: unknown): void => {
    output.note(`unexpected: ${isNativeError(error) ? (error.stack ?? error.message) : String(error)}`);
    ue.breakOff(error);
  };
  process.on('uncaughtException', unexpected);
  process.on('unhandledRejection', unexpected);

  if (config.echoPort !== undefined) await startEcho(config.address, config.echoPort);
  output.notify('ready', { capabilities: ownCapabilities });
  await serveMethods(methodsOf(ue), process.stdin, output);
  ue.close();
}

main(process.argv[2] ?? 'ue.json').then(
  // Sockets may still be open, but the lab that used them is gone.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  },
);
