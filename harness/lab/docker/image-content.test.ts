import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtInBoxes } from '../../../nodes';
import { dockerfileOf } from './dockerfile';
import { contextOf, tagOf } from './image-content';
import { imageDefinition, imageDefinitions, type ImageDefinition } from './image-definitions';

const [ue, firewall, proxy] = [
  imageDefinition('ue'),
  imageDefinition('firewall'),
  imageDefinition('proxy'),
] as const;

/** A project with the files that go into images, and no others. */
let project: string;

const file = (name: string, content: string): void => {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), content);
};
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'nimsfw-content-'));
  file('package.json', JSON.stringify({ name: 'nimsfw-lab', version: '1.2.3' }));
  for (const name of ['inspector', 'ipsec', 'ue', 'phone', 'compose-setup', 'compose-ready']) {
    file(`dist/programs/${name}.js`, '1');
    file(`dist/programs/code/${name}.js`, '1');
    file(`dist/programs/code/${name}.cache`, '1');
  }
  file('dist/programs/LICENSES.txt', 'MIT');
});
afterEach(() => rmSync(project, { recursive: true }));

/** Says whether a change of the project gives the image another tag. */
function changes(image: ImageDefinition, change: () => void): boolean {
  const before = tagOf(image, project);
  change();
  return tagOf(image, project) !== before;
}

test('a tag is the version and a hash of what goes in', () => {
  expect(tagOf(firewall, project)).toMatch(/^1\.2\.3-[0-9a-f]{10}$/);
  expect(tagOf(firewall, project)).toBe(tagOf(firewall, project));
});

test('what goes into an image changes its tag', () => {
  const other = { ...firewall, packages: [...firewall.packages, 'jq'] };
  expect(tagOf(other, project)).not.toBe(tagOf(firewall, project));
  expect(changes(firewall, () => file('dist/programs/code/inspector.js', '2'))).toBe(true);
  for (const name of ['ue', 'phone', 'compose-setup', 'compose-ready'])
    expect(changes(ue, () => file(`dist/programs/code/${name}.js`, '2'))).toBe(true);
  expect(changes(ue, () => file('dist/programs/ue.js', '2'))).toBe(true);
});

test('the Node that runs the lab is in the tag of what has it, to the patch', () => {
  for (const image of [ue, firewall]) {
    expect(tagOf(image, project, 'v20.19.0')).toBe(tagOf(image, project, 'v20.19.0'));
    expect(tagOf(image, project, 'v20.19.1')).not.toBe(tagOf(image, project, 'v20.19.0'));
  }
  expect(tagOf(proxy, project, 'v22.0.0')).toBe(tagOf(proxy, project, 'v20.19.0'));
  expect(contextOf(ue, project).get('bin/node')).toBe(process.execPath);
});

test('what does not, does not', () => {
  expect(changes(firewall, () => file('dist/programs/code/ue.js', '2'))).toBe(false);
  expect(changes(firewall, () => file('nodes/firewall/firewall.ts', ''))).toBe(false);
  expect(changes(ue, () => file('dist/nodes/ue/ue-driver.js', '2'))).toBe(false);
  expect(changes(ue, () => file('dist/programs/code/ue.cache', '2'))).toBe(false);
});

test('the moving of text from one file to the next is seen', () => {
  file('dist/programs/code/compose-setup.js', '12');
  const change = (): void => {
    file('dist/programs/code/compose-setup.js', '1');
    file('dist/programs/code/ue.js', '21');
  };
  expect(changes(ue, change)).toBe(true);
});

test('the context has our own programs and the licences of what is in them, and nothing else', () => {
  expect([...contextOf(proxy, project).keys()]).toEqual([]);
  expect([...contextOf(firewall, project).keys()]).toEqual([
    'bin/node',
    'app/programs/LICENSES.txt',
    'app/programs/inspector.js',
    'app/programs/code/inspector.js',
    'app/programs/ipsec.js',
    'app/programs/code/ipsec.js',
  ]);
  expect([...contextOf(ue, project).keys()]).toEqual([
    'bin/node',
    'app/programs/LICENSES.txt',
    ...['ue', 'phone', 'compose-setup', 'compose-ready'].flatMap((name) => [
      `app/programs/${name}.js`,
      `app/programs/code/${name}.js`,
    ]),
  ]);
});

test('a program that was not built is named', () => {
  rmSync(join(project, 'dist/programs/ue.js'));
  expect(() => tagOf(ue, project)).toThrow(
    `${project}/dist/programs/ue.js is not there; run npx nimsfw setup`,
  );
});

describe.each(imageDefinitions())("the project's own $name image", (image) => {
  const text = dockerfileOf(image);

  test('is based on the base image, and says what it is', () => {
    expect(text).toMatch(/^FROM debian:bookworm-slim$/m);
    expect(text).not.toMatch(/:latest/);
    expect(text).toContain(`nimsfw.kind="${image.name}"`);
  });

  test('installs the packages of the boxes that are made of it', () => {
    const boxes = [...builtInBoxes].filter((box) => box.image.name === image.name);
    const needed = boxes.flatMap(({ programs, parts = [] }) => [...programs, ...parts]);
    const [, installed = ''] = /--no-install-recommends (.+) \\$/m.exec(text) ?? [];
    expect(installed.split(' ')).toEqual(
      expect.arrayContaining(['iproute2', ...needed.map(({ debianPackage }) => debianPackage)]),
    );
  });

  test('does not run as root, but where the program needs it and the box says why', () => {
    if (image.name === 'firewall')
      expect(image.user).toEqual({ rootBecause: 'Docker gives added capabilities to root only' });
    else expect(text).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });
});
