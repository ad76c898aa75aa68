import { PassThrough } from 'node:stream';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { EspRefusals } from '../evidence/esp-refusals';
import type { AccessNetwork } from '../lab/access-network';
import { EvidenceBook, type EvidenceBookOptions } from './evidence-book';

const [ue, nat, spi] = ['10.89.1.2', '198.19.1.11', '0000a001'];

/** Returns a book of a network behind firewall 1, to whose P-CSCF this one ESP packet came with a wrong checksum. */
async function bookWith(event: { source: string; found: string; right: string }): Promise<EvidenceBook> {
  const stream = new PassThrough();
  const esp = new EspRefusals(stream);
  const told = {
    event: 'wrong-inner-checksum',
    at: 1,
    spi,
    sequence: 1,
    destination: '198.19.0.10',
    ...event,
  };
  stream.end(`${JSON.stringify(told)}\n`);
  await new Promise((resolve) => stream.on('close', resolve));
  const network = {
    firewall: builtInCatalogue.find(({ id }) => id === '1')!,
    nodes: { firewall: 'fw-1' },
    drops: { stdout: new PassThrough() },
  } as unknown as AccessNetwork;
  const folder = { stream: () => new PassThrough(), path: (name: string) => name };
  const journal = { add: () => undefined };
  return new EvidenceBook(network, () => undefined, {
    names: {},
    folder,
    journal,
    observers: {},
    esp,
  } as unknown as EvidenceBookOptions);
}

// By hand: 3e7f over 10.89.1.2 is 82bb over 198.19.1.11 (see translated-checksum.test.ts).
it.each<[string, Parameters<typeof bookWith>[0], boolean]>([
  ['the NAPT changed', { source: nat, found: '3e7f', right: '82bb' }, true],
  ['the UE got wrong behind an NAPT', { source: nat, found: '3e6e', right: '82bb' }, false],
  ['the UE got wrong without an NAPT', { source: ue, found: '3e6e', right: '3e7f' }, false],
])(
  'only a checksum that an NAPT has made wrong ends an attempt early: one that %s',
  async (_, event, isOver) => {
    const book = await bookWith(event);
    expect(book.hasTranslatedChecksum([spi], ue)).toBe(isOver);
    expect(book.hasTranslatedChecksum(['0000a002'], ue)).toBe(false);
  },
);
