import type Docker from 'dockerode';
import { builtInBoxes } from '../../../nodes';
import type { Topology } from '../../../topologies/topology';
import type { LabError } from '../lab-error';
import { buildImage } from './build-image';
import { docker as backend } from './docker';
import { DockerLab } from './docker-lab';
import { engineClient } from './engine';
import { imageFor } from './images';
import { labThings, nothing } from './testing/things';

/** A lab that cannot start on this engine tells why in one line, and leaves nothing. */

const docker = engineClient();

const topology: Topology = {
  networks: [{ id: 'transit', subnet: '198.19.0.0/16' }],
  nodes: [
    {
      id: 'peer',
      kind: 'peer',
      interfaces: [{ network: 'transit', ip: '198.19.0.40' }],
      routes: [],
      forwards: false,
    },
  ],
};

async function failureOf(start: Promise<unknown>): Promise<LabError> {
  const error = await start.then(
    () => undefined,
    (reason: unknown) => reason as LabError,
  );
  expect(error).toBeDefined();
  expect(await labThings()).toEqual(nothing);
  return error!;
}

/** An engine that makes the container which sets a node's routes only when the node's own container has died. */
function slowBeside(): Docker {
  const engine = engineClient();
  const createContainer = engine.createContainer.bind(engine) as (
    options: Docker.ContainerCreateOptions,
  ) => Promise<Docker.Container>;
  return Object.assign(engine, {
    createContainer: async (options: Docker.ContainerCreateOptions) => {
      const [, beside] = /^container:(.*)$/.exec(options.HostConfig?.NetworkMode ?? '') ?? [];
      if (beside !== undefined) await engine.getContainer(beside).wait();
      return createContainer(options);
    },
  });
}

beforeEach(async () => expect(await labThings()).toEqual(nothing));

test('a container that dies as it starts is quoted with its last lines', async () => {
  const reference = 'nimsfw-test/dies:1';
  // The image replaces the shell, so that every first program of a container fails.
  const context = new Map([
    [
      'Dockerfile',
      `FROM ${imageFor('firewall')}
RUN mkdir /broken && cp /bin/sh /broken/real && printf '%s\\n' '#!/broken/real' 'exec >&2; echo 1; echo 2; echo 3; echo 4' 'echo "no library"; echo "cannot go on"; exit 9' >/broken/sh && chmod 755 /broken/sh
ENV PATH=/broken:$PATH
`,
    ],
  ]);
  const image = await buildImage(docker, reference, context, {});
  try {
    const images = new Map([['peer', image]] as const);
    const error = await failureOf(
      DockerLab.start(slowBeside(), topology, images, { names: {}, boxes: builtInBoxes }),
    );
    expect(error).toMatchObject({
      code: 'NODE_DIED',
      message:
        'the container of peer ended as soon as it started: 2 | 3 | 4 | no library | cannot go on; if you changed its image, npm run images makes it anew',
      details: { node: 'peer' },
    });
  } finally {
    await docker.getImage(reference).remove({ force: true });
  }
});

test("a subnet that somebody else's network has", async () => {
  const network = await docker.createNetwork({
    Name: 'nimsfw-somebody-elses',
    IPAM: { Driver: 'default', Config: [{ Subnet: '198.19.7.0/24' }] },
  });
  try {
    const error = await failureOf(backend.start(topology, { names: {}, boxes: builtInBoxes }));
    expect(error).toMatchObject({
      code: 'SUBNET_IN_USE',
      message:
        'the lab needs 198.19.0.0/16, but the Docker network nimsfw-somebody-elses has 198.19.7.0/24; docker network rm nimsfw-somebody-elses frees it, or run on --backend netns',
    });
  } finally {
    await network.remove();
  }
});
