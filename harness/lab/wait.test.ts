import { PassThrough } from 'node:stream';
import { textIn } from './wait';

const options = { what: 'the node to be ready', withinMs: 60_000 };

test('a text is found wherever the stream breaks, also behind megabytes', async () => {
  const stream = new PassThrough();
  const found = textIn(stream, 'ready now', options);
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < 16 * 1024 * 1024; sent += piece.length) stream.write(piece);
  stream.write('rea');
  stream.write('dy n');
  stream.write('ow');
  await found;
});

test('the stream goes on flowing afterwards', async () => {
  const stream = new PassThrough();
  const found = textIn(stream, 'ready', options);
  const all: string[] = [];
  stream.on('data', (chunk: Buffer) => all.push(chunk.toString()));
  stream.write('ready');
  await found;
  stream.end('more');
  await new Promise((resolve) => stream.once('end', resolve));
  expect(all).toEqual(['ready', 'more']);
});

test('the end of the stream comes with the last line of it', async () => {
  const stream = new PassThrough();
  const found = textIn(stream, 'ready', options);
  stream.end('starting\nno such device: ‘eth7’\n');
  await expect(found).rejects.toMatchObject({
    code: 'NODE_DIED',
    message:
      "waited for the node to be ready, but it ended: no such device: ‘eth7’; run nimsfw doctor, then look at the node's log",
  });
});

test('of a stream that has ended nothing is awaited', async () => {
  const stream = new PassThrough();
  await new Promise<void>((resolve) => stream.once('close', resolve).destroy());
  await expect(textIn(stream, 'ready', options)).rejects.toMatchObject({
    code: 'NODE_DIED',
    message:
      "waited for the node to be ready, but it ended: it printed nothing; run nimsfw doctor, then look at the node's log",
  });
});

test('what is no text is not shown', async () => {
  const stream = new PassThrough();
  const found = textIn(stream, 'ready', options);
  stream.end(Buffer.from('text\n\x01\xffpacket'));
  await expect(found).rejects.toMatchObject({
    message: expect.stringMatching(/, but it ended: what it printed is no text; run /) as string,
  });
});

test('the deadline comes, with what was awaited', async () => {
  const stream = new PassThrough();
  await expect(textIn(stream, 'ready', { ...options, withinMs: 1 })).rejects.toMatchObject({
    code: 'NOT_READY',
    message: `waited 1 ms for the node to be ready ("ready" in its output), in vain: it printed nothing; look at the node's log`,
  });
});
