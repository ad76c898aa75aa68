import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { Capture } from './capture';

/** A capture whose tcpdump is a pair of streams. */

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function start(stop: (stdout: PassThrough, stderr: PassThrough) => void) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const commands: string[][] = [];
  const process = {
    stdout,
    stderr,
    stop: () => {
      stop(stdout, stderr);
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  } as unknown as NodeProcess;
  const node = {
    id: 'ue-6',
    interfaceOf: () => 'eth0',
    observe: (argv: string[]) => {
      commands.push(argv);
      stderr.write('tcpdump: listening on eth0, link-type EN10MB\n');
      return process;
    },
  } as unknown as StartedNode;
  const file = join(folder, `${Math.random()}.pcap`);
  const capture = await Capture.start(node, '10.89.7.2', createWriteStream(file));
  return { capture, stdout, file, commands };
}

test('what tcpdump says is in the file when it has been stopped', async () => {
  const { capture, stdout, file, commands } = await start((output) => output.end('the end'));
  expect(commands.map((argv) => argv.slice(argv.indexOf('-i')))).toEqual([['-i', 'eth0', '-w', '-']]);
  const marked = capture.comesTo('marker');
  stdout.write('packets, and a marker, and ');
  await marked;
  await capture.stop();
  expect(readFileSync(file, 'utf8')).toBe('packets, and a marker, and the end');
});

test('one that brings nothing at all while markers are sent is given up, and named', async () => {
  const { capture, stdout } = await start((output) => output.end());
  stdout.write('packets');
  await expect(capture.comesTo('marker', 50)).rejects.toMatchObject({
    code: 'CAPTURE_SILENT',
    message:
      'the capture on ue-6 runs, but has brought nothing for 0.05 s; look whether somebody has stopped its tcpdump, and run again',
  });
  await capture.stop();
});

test('one that breaks off is an error, and nothing waits for its end', async () => {
  const { capture, stdout } = await start((output) => output.destroy());
  stdout.write('packets');
  await expect(capture.stop()).rejects.toMatchObject({
    code: 'CAPTURE_BROKEN',
    message:
      'the capture on ue-6 broke off before it was whole; try again with fewer networks at once (--firewall)',
  });
});

test('one for which the kernel had no room for some packets is an error, with their number', async () => {
  const endWith = async (counts: string): Promise<Capture> => {
    const { capture, stdout } = await start((output, said) => {
      said.write(counts);
      output.end('packets');
    });
    stdout.write('packets');
    return capture;
  };
  const received = '41 packets captured\n44 packets received by filter\n';
  await (await endWith(`${received}0 packets dropped by kernel\n`)).stop();
  await expect((await endWith(`${received}3 packets dropped by kernel\n`)).stop()).rejects.toMatchObject({
    code: 'CAPTURE_BROKEN',
    message: 'the capture on ue-6 has lost 3 packets; try again with fewer networks at once (--firewall)',
    details: { node: 'ue-6' },
  });
});
