import { requirePortableNode } from './portable-node';

const ofNodejsOrg = {
  execPath: '/opt/bin/node',
  platform: 'linux',
  arch: 'x64',
  variables: { node_shared: false, node_shared_openssl: false, node_use_openssl: true },
};

test.each([
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
])('Node of nodejs.org for %s runs in images of %s', (arch, engine) => {
  expect(() => requirePortableNode(engine, { ...ofNodejsOrg, arch })).not.toThrow();
});

test.each([
  [{ node_shared: true }, 'node_shared'],
  [{ node_shared: 'true', node_shared_libuv: '1' }, 'node_shared, node_shared_libuv'],
])('Node of a distribution, compiled with %j, is refused', (variables, named) => {
  expect(() => requirePortableNode('amd64', { ...ofNodejsOrg, variables })).toThrow(
    expect.objectContaining({
      code: 'NODE_NOT_PORTABLE',
      message: `the images get the Node that builds them, but /opt/bin/node is linked with libraries of this machine (${named}); run npm run images and the lab with Node from https://nodejs.org`,
    }),
  );
});

test.each([
  [{ arch: 'x64' }, 'linux on amd64'],
  [{ platform: 'darwin', arch: 'arm64' }, 'darwin on arm64'],
])('Node of another machine than the engine’s is refused: %j', (other, told) => {
  expect(() => requirePortableNode('arm64', { ...ofNodejsOrg, ...other })).toThrow(
    expect.objectContaining({
      code: 'NODE_NOT_PORTABLE',
      message: `the images get the Node that builds them, but /opt/bin/node is for ${told} and the engine for linux on arm64; run npm run images on a machine like that of the engine`,
    }),
  );
});
