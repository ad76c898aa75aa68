import { oneLine } from '../../kit/one-line';
import { hssSettings, hssSubscribers } from './config';
import { HssServer } from './hss-server';
import { readConfigFile } from './read-file';
import { readyText } from './ready-text';

/** The HSS as a program: `node main.js hss.json subscribers.json`. It runs until it is ended. */
async function main(settingsFile: string, subscribersFile: string): Promise<void> {
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const server = await HssServer.start(
    readConfigFile(settingsFile, hssSettings),
    readConfigFile(subscribersFile, hssSubscribers),
    note,
  );
  process.once('SIGTERM', () => {
    server.stop();
    process.exit(0);
  });
  note(readyText);
}

main(process.argv[2] ?? 'hss.json', process.argv[3] ?? 'subscribers.json').catch((error: unknown) => {
  process.stderr.write(`${oneLine(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
});
