import fc from 'fast-check';
import { frame, FrameReader } from './frames';

test('frames come out as they went in, however their bytes are cut', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)));
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 30 }), (contents, size) => {
      const reader = new FrameReader();
      const stream = Buffer.concat(contents.map((content) => frame('E', content)));
      const got: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size)
        for (const { kind, content } of reader.read(stream.subarray(at, at + size))) {
          expect(kind).toBe('E');
          got.push(Buffer.from(content));
        }
      expect(got).toEqual(contents);
    }),
  );
});

test('a stream of something else is refused', () => {
  expect(() => [...new FrameReader().read(Buffer.from('what is this'))]).toThrow(
    'a frame of 2003329396 bytes',
  );
});
