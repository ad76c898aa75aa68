import { LabError } from '../lab-error';
import { asEngineError, engineFailure, engineVersion, isTooOld } from './engine';
import { fakeEngine } from './testing/fake-engine';

test.each([
  ['19.03.15', true],
  ['20.9.0', true],
  ['1.13.1', true],
  ['20.10.0', false],
  ['20.10.24+dfsg1', false],
  ['24.0.7', false],
  ['28.2.2', false],
])('whether %s is too old: %s', (version, expected) => expect(isTooOld(version)).toBe(expected));

const failure = (code: string): Error =>
  Object.assign(new Error(code), { code, address: '/run/docker.sock' });

test.each(['EACCES', 'EPERM'])('%s: it is there, but not for this user', (code) => {
  expect(asEngineError(failure(code))).toMatchObject({
    code: 'ENGINE_FORBIDDEN',
    message:
      'you may not use the Docker Engine at /run/docker.sock; as root: usermod --append --groups docker USER, then log in again',
  });
});

test.each(['ENOENT', 'ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT'])('%s: there is none', (code) => {
  expect(asEngineError(failure(code))).toMatchObject({
    code: 'NO_ENGINE',
    message: `no Docker Engine answers at /run/docker.sock (${code}); install one with npx nimsfw setup --for-docker, start it with systemctl start docker, or put node bin/with-docker.mjs before the command`,
  });
});

test('what is no trouble with the engine itself stays as it is', () => {
  const error = Object.assign(new Error('no such container'), { statusCode: 404 });
  expect(asEngineError(error)).toBe(error);
});

test('what the engine refuses is told in its own words', async () => {
  const body = { message: 'No such image: nimsfw/firewall:0' };
  await using engine = await fakeEngine({ 'POST /containers/create': { status: 404, body } });
  const refusal: unknown = await engine.client.createContainer({}).catch((error: unknown) => error);
  expect(engineFailure(refusal)).toMatchObject({
    code: 'ENGINE_FAILED',
    message:
      'the Docker Engine refused a part of the lab: No such image: nimsfw/firewall:0; look at its log (journalctl -u docker)',
  });
});

test('a defect of ours is not called a refusal of the engine', () => {
  const defect = new TypeError('container.inspekt is not a function');
  expect(engineFailure(defect)).toBe(defect);
});

test('the version of an engine that is new enough', async () => {
  await using engine = await fakeEngine({ 'GET /version': { body: { Version: '20.10.24+dfsg1' } } });
  expect(await engineVersion(engine.client)).toBe('20.10.24+dfsg1');
});

test('an engine that is too old', async () => {
  await using engine = await fakeEngine({ 'GET /version': { body: { Version: '19.03.15' } } });
  await expect(engineVersion(engine.client)).rejects.toEqual(
    new LabError(
      'ENGINE_TOO_OLD',
      'this is Docker Engine 19.03.15; the docker backend needs 20.10 or newer: upgrade it (Debian: apt-get install docker.io)',
    ),
  );
});

test('no engine', async () => {
  const engine = await fakeEngine({});
  await engine[Symbol.asyncDispose]();
  await expect(engineVersion(engine.client)).rejects.toMatchObject({ code: 'NO_ENGINE' });
});
