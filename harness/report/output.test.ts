import { PassThrough, Writable } from 'node:stream';
import { outputTo } from './output';

test('what is printed is handed over when the promise resolves', async () => {
  const stream = new PassThrough();
  await outputTo(stream).write('text');
  expect(String(stream.read())).toBe('text');
  expect(stream.listenerCount('error')).toBe(0);
});

test('a pipe that nobody reads any more rejects, and does not end the process by an event', async () => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
  });
  const output = outputTo(stream);
  await expect(output.write('text')).rejects.toThrow('EPIPE');
  await expect(output.write('more')).rejects.toThrow();
});
