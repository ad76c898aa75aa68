import fc from 'fast-check';
import { longestNetstring, NetstringReader, writeNetstring } from './netstring';

it('reads what it writes, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(12)), (texts, cuts) => {
      const stream = Buffer.from(texts.map(writeNetstring).join(''));
      const reader = new NetstringReader();
      const read: string[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        read.push(...reader.push(stream.subarray(at, at + cut)));
        at += cut;
      }
      expect(read).toEqual(texts);
    }),
  );
});

it('refuses what is no netstring, and never throws anything but that', () => {
  expect(() => new NetstringReader().push(Buffer.from('hello'))).toThrow(
    'a netstring begins with its length',
  );
  expect(() => new NetstringReader().push(Buffer.from('12345678'))).toThrow(
    'a netstring begins with its length',
  );
  expect(() => new NetstringReader().push(Buffer.from('2:abc'))).toThrow('a netstring ends with a comma');
  const huge = `${longestNetstring + 1}:`;
  expect(() => new NetstringReader().push(Buffer.from(huge))).toThrow('a netstring of 1048577 bytes');
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        new NetstringReader().push(Buffer.from(bytes));
      } catch (error) {
        expect((error as Error).message).toMatch(/^a netstring /);
      }
    }),
  );
});
