import { clientRandomsIn } from './client-hellos';

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** A record with a ClientHello (RFC 5246 7.4.1.2): types, versions, lengths, and its random. */
const hello = (random: string): Buffer => Buffer.from(`1603010040010000380303${random}000000`, 'hex');
const [one, two] = ['ab'.repeat(32), '16'.repeat(32)] as const;

test('every ClientHello is found, wherever the bytes are cut', async () => {
  const bytes = Buffer.concat([Buffer.alloc(70, 0x16), hello(one), Buffer.from('noise'), hello(two)]);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect([...(await clientRandomsIn(chunksOf(...chunks)))]).toEqual([one, two]);
  }
});

test('what is none is none', async () => {
  const serverHello = hello(one);
  serverHello[5] = 2;
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100, 0x16), serverHello, hello(one).subarray(0, 42)])
    expect([...(await clientRandomsIn(chunksOf(bytes)))]).toEqual([]);
});
