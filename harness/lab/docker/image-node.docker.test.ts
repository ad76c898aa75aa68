import { engineClient } from './engine';
import { imagesWithNode } from './image-content';
import { imageFor, inspectImage } from './images';
import { outputOf } from './build-image';

/** The images have the Node that runs the lab, and so one that `engines` asks for: `nimsfw` runs on no other. */
const docker = engineClient();

test.each(imagesWithNode)('the image %s has the Node that runs the lab', async (name) => {
  const says = 'process.stdout.write(`${process.execPath} ${process.version} ${process.arch}`)';
  expect(await outputOf(docker, imageFor(name), ['node', '-e', says])).toBe(
    `/usr/local/bin/node ${process.version} ${process.arch}`,
  );
  expect((await inspectImage(docker, imageFor(name)))?.versions['node']).toBe(process.versions.node);
});

test('they share the layer with it', async () => {
  const layers = await Promise.all(
    imagesWithNode.map(async (name) => (await docker.getImage(imageFor(name)).inspect()).RootFS.Layers ?? []),
  );
  const [ue, firewall] = layers as [string[], string[]];
  // The base, which is one layer where it was made here, and Node.
  expect(ue.filter((layer) => firewall.includes(layer)).length).toBeGreaterThanOrEqual(2);
});
