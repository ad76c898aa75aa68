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

/** A project with just what goes into images. */
let project: string;

const file = (name: string, content: string): void => {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), content);
};
const npmPackage = (folder: string, version: string, dependencies: Record<string, string> = {}): void => {
  file(
    `${folder}/package.json`,
    JSON.stringify({ name: folder.split('node_modules/').at(-1), version, dependencies }),
  );
  file(`${folder}/index.js`, '');
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'nimsfw-content-'));
  file('package.json', JSON.stringify({ name: 'nimsfw-lab', version: '1.2.3' }));
  file('dist/nodes/firewall/inspector/main.js', 'const x = require("./inspector");');
  file('dist/nodes/firewall/inspector/inspector.js', '1');
  file('dist/nodes/ue/main.js', '1');
  file('dist/nodes/ue/sip/registration.js', '1');
  // What docker-compose.yml runs in it, and what that loads.
  file('dist/harness/lab/docker/compose/setup.js', 'const x = require("../../configs");');
  file('dist/harness/lab/docker/compose/ready.js', '');
  file('dist/harness/lab/configs.js', '1');
  for (const name of ['json-rpc-2.0', 'sdp-transform', 'zod']) npmPackage(`node_modules/${name}`, '1.0.0');
  npmPackage('node_modules/jssip', '1.0.0', { debug: '^4' });
  npmPackage('node_modules/jssip/node_modules/debug', '4.0.0', { ms: '^2' });
  npmPackage('node_modules/debug', '3.0.0');
  npmPackage('node_modules/ms', '2.0.0');
});
afterEach(() => rmSync(project, { recursive: true }));

/** Whether a change of the project gives the image another tag. */
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
  expect(changes(firewall, () => file('dist/nodes/firewall/inspector/inspector.js', '2'))).toBe(true);
  expect(changes(ue, () => file('dist/nodes/ue/sip/registration.js', '2'))).toBe(true);
  expect(changes(ue, () => file('dist/nodes/ue/sip/another.js', ''))).toBe(true);
  expect(changes(ue, () => file('dist/harness/lab/configs.js', '2'))).toBe(true);
  expect(changes(ue, () => npmPackage('node_modules/zod', '1.0.1'))).toBe(true);
  // A dependency of a dependency.
  expect(changes(ue, () => npmPackage('node_modules/ms', '2.0.1'))).toBe(true);
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
  expect(changes(firewall, () => file('dist/nodes/ue/main.js', '2'))).toBe(false);
  expect(changes(firewall, () => file('nodes/firewall/firewall.ts', ''))).toBe(false);
  expect(
    changes(ue, () => {
      file('dist/nodes/ue/main.test.js', '');
      file('dist/nodes/ue/testing/servers.js', '');
      file('dist/nodes/ue/ue-driver.js', '');
      file('dist/nodes/ue/main.d.ts', '');
      // JsSIP has its own.
      npmPackage('node_modules/debug', '3.0.1');
      npmPackage('node_modules/jest', '30.0.0');
    }),
  ).toBe(false);
});

test('the moving of text from one file to the next is seen', () => {
  const change = (): void => {
    file('dist/nodes/ue/main.js', '');
    file('dist/nodes/ue/sip/registration.js', '11');
  };
  expect(changes(ue, change)).toBe(true);
});

test('the context has our own program and its packages, and nothing else', () => {
  file('dist/nodes/ue/main.test.js', '');
  file('node_modules/zod/README.md', '');
  file('node_modules/zod/LICENSE', '');
  expect([...contextOf(proxy, project).keys()]).toEqual([]);
  expect([...contextOf(firewall, project).keys()]).toEqual([
    'bin/node',
    'app/nodes/firewall/inspector/inspector.js',
    'app/nodes/firewall/inspector/main.js',
  ]);
  expect([...contextOf(ue, project).keys()].sort()).toEqual(
    [
      'bin/node',
      'app/nodes/ue/main.js',
      'app/nodes/ue/sip/registration.js',
      'app/harness/lab/docker/compose/setup.js',
      'app/harness/lab/docker/compose/ready.js',
      'app/harness/lab/configs.js',
      'app/node_modules/zod/LICENSE',
      ...['jssip', 'json-rpc-2.0', 'sdp-transform', 'zod', 'jssip/node_modules/debug', 'ms'].flatMap(
        (name) => [`app/node_modules/${name}/package.json`, `app/node_modules/${name}/index.js`],
      ),
    ].sort(),
  );
});

test('a package that is not installed is named', () => {
  rmSync(join(project, 'node_modules/ms'), { recursive: true });
  expect(() => tagOf(ue, project)).toThrow(
    `the package ms is not installed in ${project}; run node bin/setup.mjs`,
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
