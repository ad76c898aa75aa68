import { join } from 'node:path';
import { combinations } from './testing/sets';
import { inUserModeLinux } from './testing/user-mode-linux';

/** Longer than the conversations take on a machine that has other work to do, in milliseconds. */
const patienceMs = 110_000;

test(`the kernel's ESP and ours understand each other, in every mode with every algorithm, and leave nothing behind`, async () => {
  const printed = await inUserModeLinux(join(__dirname, 'testing/in-kernel-with-esp.js'), patienceMs);
  const lines = printed.split(/\r?\n/);
  expect(lines.filter((line) => line.startsWith('failed '))).toEqual([]);
  const results = lines
    .filter((line) => line.startsWith('result '))
    .map((line) => JSON.parse(line.slice('result '.length)) as unknown);
  const clean = {
    packets: true,
    bad: combinations.flatMap(() => [0, 0, 0, 0, 0, 0]),
    ...{ unknownSpi: 0, udpChecksumErrors: 0 },
  };
  const untouched =
    '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n';
  expect(results).toEqual(
    [
      ['kernel', 'userspace'],
      ['userspace', 'kernel'],
    ].map(([ue, pcscf]) => ({
      ...{ ue, pcscf },
      conversations: combinations.map((one) => ({ ...one, passed: [true, true, true, true, true, true] })),
      counted: [clean, clean],
      left: [untouched, untouched],
    })),
  );
});
