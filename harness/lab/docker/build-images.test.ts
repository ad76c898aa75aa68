import { orderIn } from './build-images';

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
  expect(orderIn(args).chosen.map(({ name }) => name)).toEqual(names);
});

test('a name of no box is told, with all that there are', () => {
  expect(() => orderIn(['--with', 'tinyprox'])).toThrow(
    /^there is no box "tinyprox"; did you mean tinyproxy\? Take one of reference, linphone, .*tinyproxy/,
  );
});

test.each([['linphone'], ['--wiht', 'linphone'], ['--with']])('%j is no way to ask for one', (...args) => {
  expect(() => orderIn(args)).toThrow(
    `the arguments "${args.join(' ')}" are not understood; usage: npm run images -- [--nodes] [--with BOX,...]`,
  );
});

test('the image of the whole lab is left out with --nodes', () => {
  expect(orderIn(['--nodes', '--with', 'dnsmasq'])).toMatchObject({
    nodesOnly: true,
    chosen: [{ name: 'dnsmasq' }],
  });
  expect(orderIn([]).nodesOnly).toBe(false);
});
