import { choices } from '../../../nodes/choices';
import { wholeImage } from './whole-image';

test('the image has what runs, and nothing that only builds or tests', () => {
  const { context, dockerfile } = wholeImage();
  const names = [...context.keys()];
  const packages = new Set(
    names.flatMap((name) => /^app\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []),
  );
  expect([...packages]).toEqual(expect.arrayContaining(['dockerode', 'tar-stream', 'mininet-ts-bridge']));
  for (const tool of ['typescript', 'jest', 'esbuild', 'eslint']) expect(packages).not.toContain(tool);
  expect(names).toEqual(expect.arrayContaining(['bin/nimsfw', 'app/bin/nimsfw.js', 'app/package.json']));
  expect(
    names.filter((name) => /\.test\.|\.cache$|\.docker\.test/.test(name) && !name.includes('node_modules')),
  ).toEqual([]);
  expect(dockerfile).toMatch(/ uidmap kamailio coturn /);
  expect(dockerfile).not.toContain('tinyproxy');
});

test('it has the boxes that are chosen too', () => {
  const { dockerfile, questions } = wholeImage([choices.proxy['tinyproxy']!, choices.ue['linphone']!]);
  expect(dockerfile).toMatch(/ tinyproxy-bin linphone-cli /);
  expect(Object.keys(questions)).toEqual(expect.arrayContaining(['kamailio', 'coturn', 'tinyproxy', 'node']));
});

test('an installed package, which has no modules of its own, says that it makes none', () => {
  expect(() => wholeImage([], __dirname)).toThrow(
    'the image nimsfw is made in a checkout of the project, and this is an installed package; leave it out with --nodes',
  );
});
