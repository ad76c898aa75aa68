import { bridgeError } from './expect-error';
import { StreamDoor } from './stream-door';

test('a network that ended meanwhile is told in one line', async () => {
  expect(await bridgeError(() => StreamDoor.open('/no/such/folder/door', () => undefined))).toEqual({
    code: 'NETWORK_START_FAILED',
    message: expect.stringMatching(
      /^nothing can listen in the network \(listen \w+.*\/no\/such\/folder\/door\); try again$/,
    ) as string,
  });
});
