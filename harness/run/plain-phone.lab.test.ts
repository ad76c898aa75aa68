import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { plainPhone } from '../../nodes/phones/plain/plain';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

const folder = temporaryFolder();
const register = { scenarios: ['register'], suites: ['aes'] } as const;

it('a phone of thirty lines of shell is measured, with the rule where it is blocked', async () => {
  const phone = plainPhone('./shell-phone.sh', join(installation, 'examples/phone'));
  const options = { ...register, firewalls: ['3', '8'], boxes: [phone], out: join(folder, 'shell') };
  const { cells } = await measure(options).result;
  const attempts = cells.flatMap((cell) => cell.attempts);
  expect(attempts.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    '3/register/aes/1-udp:5060 blocked',
    '3/register/aes/2-udp:5060 blocked',
    '3/register/aes/2-tls:5061 blocked',
    '3/register/aes/3-tls:443 passed',
    '8/register/aes/1-udp:5060 blocked',
    '8/register/aes/2-udp:5060 blocked',
    '8/register/aes/2-tls:5061 blocked',
    '8/register/aes/3-tls:443 blocked',
    // It has no CONNECT, and says so by its exit status.
    '8/register/aes/3-connect:443 unsupported',
  ]);
}, 200_000);

it('nothing is judged of a phone that passes nonsense', async () => {
  const options = {
    ...register,
    firewalls: ['0'],
    boxes: [plainPhone(['true'], '/')],
    out: join(folder, 'true'),
  };
  const { cells, run } = await measure(options).result;
  const attempts = cells.flatMap((cell) => cell.attempts);
  expect(new Set(attempts.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
  expect(run.outages?.[0]?.text).toContain(
    'the phone breaks its contract (docs/plain-phones.md): asked for an action that does not exist it ended with status 0, and not with status 127',
  );
}, 100_000);
