import { warmUp } from './warm-up';

it('reads a connection to the ServerHello, which is where the most of the reader has been run', () => {
  expect(warmUp()).toEqual([undefined, undefined, 'encrypts']);
});
