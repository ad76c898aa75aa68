import { attempt, cell, run } from './result-fixture';
import { cellCommand } from './cell-command';
import { origin } from '../judge/testing/results';
import type { BoxResult, RunResult } from '../judge/result';

const one = cell('6/register/aes', [attempt('1 udp:5060', 'passed')], 1);
const commandOf = (more: Partial<RunResult['run']> = {}, of = one): string =>
  cellCommand(run([of], [], more), of);
const box = (more: Partial<BoxResult>): BoxResult => ({
  ...{ place: 'ue', name: 'linphone', isReference: false },
  ...more,
});

it('names the cell, and nothing that is as usual', () => {
  expect(commandOf()).toBe('npx nimsfw run register --firewall 6 --suite aes');
});

it('has both networks of a move', () => {
  const moved = { ...cell('0/access-change/null', [], null), id: '0>8/access-change/null', to: '8' };
  expect(commandOf({}, moved)).toBe('npx nimsfw run access-change --firewall 0,8 --move 0:8 --suite null');
});

it('has what the run did in another way than usual', () => {
  const plan = { ...run([one]).run.plan, steps: [2, 3] as (2 | 3)[], repeat: 5 };
  expect(commandOf({ plan, patience: 'rfc', timers: '3gpp', ladder: 'stop', backend: 'docker' })).toBe(
    'npx nimsfw run register --firewall 6 --suite aes --step 2,3 --patience rfc --timers 3gpp --ladder stop --repeat 5 --backend docker',
  );
});

it('has the options of its own scenario only', () => {
  const call = cell('6/call/aes', [], null);
  const origins = [{ ...origin('r1'), services: { mediaSeconds: 10, idleSeconds: 9, callsAtOnce: 8 } }];
  expect(commandOf({ origins }, call)).toBe(
    'npx nimsfw run call --firewall 6 --suite aes --media-seconds 10',
  );
  expect(commandOf({ origins })).toBe('npx nimsfw run register --firewall 6 --suite aes');
});

it.each<[Partial<BoxResult>, string]>([
  [{}, '--ue linphone'],
  [{ name: 'mine', command: './phone.sh --fast' }, "--ue './phone.sh --fast'"],
  [{ place: 'firewall', name: 'iptables' }, '--firewall-box iptables'],
  [{ place: 'turn', name: 'mine', image: 'example/turn:1' }, '--turn example/turn:1'],
  [{ place: 'turn', name: 'mine', interface: 'eth7' }, '--lab LAB_FILE'],
  [{ isReference: true, name: 'reference' }, ''],
])('has a box of somebody else: %j', (other, words) => {
  expect(commandOf({ boxes: [box(other)] })).toBe(
    ['npx nimsfw run register --firewall 6 --suite aes', words].filter(Boolean).join(' '),
  );
});

it('says where a file of the user is needed', () => {
  const plan = { ...run([one]).run.plan, catalogue: { sha256: 'other', firewalls: ['6'] } };
  expect(commandOf({ plan })).toBe('npx nimsfw run register --catalogue CATALOGUE --firewall 6 --suite aes');
});

it('takes the boxes of the variant of the lab', () => {
  const inVariant = { ...one, id: 'b/6/register/aes', variant: 'b' };
  const variants = [
    { name: 'a', run: 'r1', boxes: [box({ name: 'baresip' })] },
    { name: 'b', run: 'r2', boxes: [box({ name: 'sipp' })] },
  ];
  expect(commandOf({ variants }, inVariant)).toBe(
    'npx nimsfw run register --firewall 6 --suite aes --ue sipp',
  );
});
