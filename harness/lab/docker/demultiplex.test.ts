import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { demultiplexer } from './demultiplex';

/** A frame as the Engine API describes it ("Attach to a container", stream format). */
function frame(stream: number, content: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

/** The bytes in pieces that end at these places. */
function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places.map((at) => at % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

async function taken(pieces: readonly Buffer[]): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const input = demultiplexer([undefined, stdout, stderr]);
  const both = Promise.all([buffer(stdout), buffer(stderr)]);
  input.on('finish', () => [stdout, stderr].forEach((output) => output.end()));
  for (const piece of pieces) if (!input.write(piece)) await once(input, 'drain');
  input.end();
  const [out, err] = await both;
  return { stdout: out.toString('hex'), stderr: err.toString('hex') };
}

const frames = fc.array(fc.tuple(fc.constantFrom(0, 1, 2), fc.uint8Array({ maxLength: 40 })));

test('any frames, in whatever pieces they come, give the content of each stream', async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.nat()), async (sent, places) => {
      const of = (stream: number): string =>
        sent.map(([to, content]) => (to === stream ? Buffer.from(content).toString('hex') : '')).join('');
      const bytes = Buffer.concat(sent.map(([stream, content]) => frame(stream, content)));
      expect(await taken(split(bytes, places))).toEqual({ stdout: of(1), stderr: of(2) });
    }),
  );
});

test('a frame that is cut off by the end is not passed on', async () => {
  const cut = frame(1, Buffer.from('second')).subarray(0, -1);
  expect(await taken([frame(1, Buffer.from('first')), cut])).toEqual({
    stdout: Buffer.from('first').toString('hex'),
    stderr: '',
  });
});

test('it reads on only when what it wrote was taken', async () => {
  const waiting: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void waiting.push(done),
  });
  const input = demultiplexer([undefined, slow, slow]);
  let isTaken = false;
  input.write(frame(1, Buffer.from('content')), () => (isTaken = true));
  await new Promise(setImmediate);
  expect(isTaken).toBe(false);
  waiting.shift()!();
  await new Promise(setImmediate);
  expect(isTaken).toBe(true);
});

test('a reader that goes away does not stop it', async () => {
  const gone = new PassThrough({ highWaterMark: 1 });
  const input = demultiplexer([undefined, gone, gone]);
  input.write(frame(1, Buffer.from('nobody takes this')));
  gone.destroy();
  input.end();
  await once(input, 'finish');
});
