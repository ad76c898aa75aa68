import { CheckUps } from './check-up';
import { Outages } from './outages';

/** The questions pass other nodes: peer, then pcscf, then ims-core; turn is asked directly. */
function core(hanging: readonly string[]) {
  const outages = new Outages();
  const checkUps = new CheckUps(outages);
  const asked: string[] = [];
  const check = (node: string) => async (): Promise<void> => {
    asked.push(node);
    if (hanging.includes(node)) throw new Error(`${node} hangs`);
  };
  checkUps.add('peer', check('peer'));
  checkUps.add('pcscf', check('pcscf'), ['peer']);
  checkUps.add('ims-core', check('ims-core'), ['peer', 'pcscf']);
  checkUps.add('turn', check('turn'), ['peer']);
  const told = (): string[] => outages.all.map(({ node }) => node);
  return { checkUps, asked, told };
}

test('what a question passes is asked first, once, whether or not it was meant', async () => {
  const { checkUps, asked, told } = core([]);
  await checkUps.of(['ims-core', 'turn']);
  expect([...asked].sort()).toEqual(['ims-core', 'pcscf', 'peer', 'turn']);
  expect(asked[0]).toBe('peer');
  expect(asked.indexOf('pcscf')).toBeLessThan(asked.indexOf('ims-core'));
  expect(told()).toEqual([]);
});

test.each([
  [['peer'], ['peer']],
  [['pcscf'], ['pcscf']],
  [
    ['ims-core', 'turn'],
    ['turn', 'ims-core'],
  ],
  // Nothing can be said of the nodes behind one that hangs.
  [['pcscf', 'ims-core'], ['pcscf']],
])('of %j hanging, %j are told', async (hanging, expected) => {
  const { checkUps, told } = core(hanging);
  await checkUps.of(['ims-core', 'turn']);
  expect(told().sort()).toEqual([...expected].sort());
});

test('who is known to be out of order is not asked, nor what is behind it', async () => {
  const { checkUps, asked, told } = core(['pcscf']);
  await checkUps.of(['pcscf']);
  await checkUps.of(['pcscf', 'ims-core']);
  expect(asked.filter((node) => node === 'pcscf')).toHaveLength(1);
  expect(asked).not.toContain('ims-core');
  expect(told()).toEqual(['pcscf']);
});

test('nobody asks who is to be silent, nor what is behind it', async () => {
  const { checkUps, asked, told } = core(['pcscf', 'ims-core']);
  checkUps.silence('pcscf');
  await checkUps.of(['pcscf', 'ims-core', 'turn']);
  expect([...asked].sort()).toEqual(['peer', 'turn']);
  expect(told()).toEqual([]);
});

test('a node of which nothing can be asked is in order', async () => {
  const { checkUps, told } = core([]);
  await checkUps.of(['fw-6']);
  expect(told()).toEqual([]);
});
