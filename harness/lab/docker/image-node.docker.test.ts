import { engineClient } from './engine';
import { imageDefinitions } from './image-definitions';
import { inspectImage, referenceOf } from './images';
import { outputOf } from './build-image';

/** The images have the Node that runs the lab, which `engines` allows, because `nimsfw` runs on no other. */
const docker = engineClient();
const withNode = imageDefinitions()
  .filter(({ own }) => own)
  .map(({ name }) => name);

test.each(withNode)('the image %s has the Node that runs the lab', async (name) => {
  const says = 'process.stdout.write(`${process.execPath} ${process.version} ${process.arch}`)';
  expect(await outputOf(docker, referenceOf(name), ['node', '-e', says])).toBe(
    `/usr/local/bin/node ${process.version} ${process.arch}`,
  );
  expect((await inspectImage(docker, referenceOf(name)))?.versions['node']).toBe(process.versions.node);
});

test('they share the layer with it', async () => {
  const layers = await Promise.all(
    withNode.map(async (name) => (await docker.getImage(referenceOf(name)).inspect()).RootFS.Layers ?? []),
  );
  const [ue, firewall] = layers as [string[], string[]];
  // The images share the base, which is one layer if it was made on this machine, and Node.
  expect(ue.filter((layer) => firewall.includes(layer)).length).toBeGreaterThanOrEqual(2);
});
