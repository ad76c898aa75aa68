import { builtInBoxes } from '../../../nodes';
import { choices } from '../../../nodes/choices';
import { imageFor, inspectImage, inspectImages, requiredImages } from './images';
import { fakeEngine, type FakeRoutes } from './testing/fake-engine';

const reference = imageFor('turn');
const tag = reference.split(':')[1]!;

/** Returns the routes of an engine that has an image with this configuration under this name. */
const having = (name: string, config: object): FakeRoutes => ({
  [`GET /images/${name}/json`]: { body: { Id: 'sha256:abc', Size: 5, Config: config } },
  'GET /images/json': { body: [{ RepoTags: [name] }] },
});

const labels = {
  'nimsfw.versions': '{"coturn":"4.6.1"}',
  'org.opencontainers.image.version': tag,
};

test('an image has a name of its kind, and its digest, user and versions from the engine', async () => {
  expect(reference).toMatch(/^nimsfw\/turn:\d+\.\d+\.\d+-[0-9a-f]{10}$/);
  await using engine = await fakeEngine(having(reference, { Labels: labels, User: '10001:10002' }));
  expect(await inspectImages(engine.client, ['turn'])).toEqual(
    new Map([
      [
        'turn',
        {
          reference,
          digest: 'sha256:abc',
          user: { uid: 10001, gid: 10002 },
          versions: { coturn: '4.6.1' },
          size: 5,
        },
      ],
    ]),
  );
});

test('an image without a user is root', async () => {
  await using engine = await fakeEngine(having(reference, { Labels: labels, User: '' }));
  expect((await inspectImage(engine.client, reference))?.user).toEqual({ uid: 0, gid: 0 });
});

test('the peer is a UE, and one image is asked for once', () => {
  expect(requiredImages(['ue', 'peer', 'turn'])).toEqual([imageFor('ue'), reference]);
});

test('an image that is not there', async () => {
  await using engine = await fakeEngine({ 'GET /images/json': { body: [] } });
  await expect(inspectImages(engine.client, ['turn'])).rejects.toMatchObject({
    code: 'IMAGE_MISSING',
    message: `not there: ${reference}; build with npm run images`,
  });
});

test('an image of a box that one can choose is only built when asked for, as the line says', async () => {
  const { ue, proxy } = choices;
  const boxes = builtInBoxes.with(ue['linphone']!, proxy['tinyproxy']!);
  await using engine = await fakeEngine({ 'GET /images/json': { body: [] } });
  await expect(inspectImages(engine.client, ['ue', 'proxy', 'turn'], boxes)).rejects.toMatchObject({
    code: 'IMAGE_MISSING',
    message: `not there: ${imageFor('ue', boxes)}, ${imageFor('proxy', boxes)}, ${reference}; build with npm run images -- --with linphone,tinyproxy`,
  });
  expect(imageFor('ue', boxes)).toMatch(/^nimsfw\/ue-linphone:/);
});

test('an image is the same, whichever of its boxes stands in the lab', () => {
  const others = builtInBoxes.with(choices.firewall['iptables']!, choices.ue['linphone']!);
  for (const kind of ['firewall', 'peer']) expect(imageFor(kind, others)).toBe(imageFor(kind));
});

test('an image of another version', async () => {
  await using engine = await fakeEngine({
    'GET /images/json': { body: [{ RepoTags: ['nimsfw/turn:0.0.1-0000000000'] }, { RepoTags: null }] },
  });
  await expect(inspectImages(engine.client, ['turn'])).rejects.toMatchObject({
    code: 'IMAGE_OUTDATED',
    message: `only there in another version than these sources make: ${reference}; build with npm run images`,
  });
});

test('where one is missing and one outdated, the missing one is told', async () => {
  await using engine = await fakeEngine({
    'GET /images/json': { body: [{ RepoTags: ['nimsfw/turn:0.0.1-0000000000'] }] },
  });
  await expect(inspectImages(engine.client, ['turn', 'proxy'])).rejects.toMatchObject({
    code: 'IMAGE_MISSING',
    message: `not there: ${imageFor('proxy')}; build with npm run images`,
  });
});

test.each([
  ['was not built to the end', {}],
  ['is of another build, under this name', { ...labels, 'org.opencontainers.image.version': '0.0.1' }],
])('an image that %s is none', async (_what, has) => {
  await using engine = await fakeEngine(having(reference, { Labels: has, User: '' }));
  expect(await inspectImage(engine.client, reference)).toBeUndefined();
});
