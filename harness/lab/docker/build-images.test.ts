import { boxesNamed } from './build-images';

test.each([
  [[], []],
  [
    ['--with', 'linphone,tinyproxy'],
    ['linphone', 'tinyproxy'],
  ],
  [
    ['--with', 'dnsmasq', '--with=tinyproxy'],
    ['dnsmasq', 'tinyproxy'],
  ],
])('%j asks for the images of %j', (args, names) => {
  expect(boxesNamed(args).map(({ name }) => name)).toEqual(names);
});

test('a name of no box is told, with all that there are', () => {
  expect(() => boxesNamed(['--with', 'tinyprox'])).toThrow(
    /^there is no box "tinyprox"; there is reference, linphone, .*tinyproxy/,
  );
});

test.each([['linphone'], ['--wiht', 'linphone'], ['--with']])('%j is no way to ask for one', (...args) => {
  expect(() => boxesNamed(args)).toThrow(
    `the arguments "${args.join(' ')}" are not understood; usage: npm run images -- [--with BOX,...]`,
  );
});
