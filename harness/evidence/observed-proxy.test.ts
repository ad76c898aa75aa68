import fc from 'fast-check';
import { ObservedProxy } from './observed-proxy';
import { linkTypes, PcapDecoder, type CapturedPacket } from './pcap';
import { start } from './testing/attempts';
import { pcap, record, recordAt, tcp, type Address } from './testing/builders';

const ue = (port: number): Address => ({ ip: '10.89.8.2', port });
const at: Address = { ip: '10.89.8.3', port: 3128 };
const own = (port: number): Address => ({ ip: at.ip, port });
const server: Address = { ip: '198.19.0.10', port: 443 };
const names = { 'pcscf.example': server.ip };

const connect = 'CONNECT pcscf.example:443 HTTP/1.1\r\nHost: pcscf.example:443\r\n\r\n';
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** A handshake record whose random is made of one letter. */
const hello = (type: number, letter: string): Buffer =>
  record(0x16, Buffer.concat([Buffer.from([type, 0, 0, 60, 3, 3]), Buffer.from(letter.repeat(58))]));
const clientHello = (letter: string): Buffer => hello(1, letter);
const serverHello = (letter: string): Buffer => hello(2, letter);

const captured = (after: number, packet: Uint8Array): CapturedPacket => {
  const [item] = new PcapDecoder().push(pcap([recordAt(start + after, packet)], { linkType: linkTypes.raw }));
  if (item?.kind !== 'packet') throw new Error('the test built no packet');
  return item;
};

/** One TCP connection, of which the test says what either end sends. */
class Talk {
  private sent = 1;
  private came = 1;

  constructor(
    private readonly proxy: (packet: Uint8Array) => void,
    private readonly client: Address,
    private readonly server: Address,
    answered = true,
  ) {
    this.proxy(tcp(client, server, 'S', 0));
    if (answered) this.proxy(tcp(server, client, 'S.', 0));
  }

  says(bytes: string | Buffer): this {
    this.proxy(tcp(this.client, this.server, 'P.', this.sent, bytes));
    this.sent += bytes.length;
    return this;
  }

  hears(bytes: string | Buffer): this {
    this.proxy(tcp(this.server, this.client, 'P.', this.came, bytes));
    this.came += bytes.length;
    return this;
  }

  ends(): this {
    this.proxy(tcp(this.client, this.server, 'F.', this.sent));
    return this;
  }
}

function setUp(): { observed: ObservedProxy; packet: (bytes: Uint8Array) => void } {
  const observed = new ObservedProxy({ at, names });
  let after = 0;
  return { observed, packet: (bytes) => void observed.add(captured(after++, bytes)) };
}

test('a tunnel: who asked for what, what was answered, and by which port of the proxy it goes', () => {
  const { observed, packet } = setUp();
  const client = new Talk(packet, ue(32768), at).says(connect);
  expect(observed.entries).toEqual([]);
  new Talk(packet, own(45276), server);
  client.hears(established);
  expect(observed.entries).toEqual([
    {
      at: start + 5,
      client: ue(32768),
      isDenied: false,
      httpStatus: 200,
      method: 'CONNECT',
      target: 'pcscf.example:443',
      server,
      localPort: 45276,
      bumpMode: undefined,
      error: undefined,
    },
  ]);
});

test.each([
  [403, true],
  [407, true],
  [503, false],
])('an answer of %i, denied: %s', (status, isDenied) => {
  const { observed, packet } = setUp();
  new Talk(packet, ue(32768), at).says(connect).hears(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  expect(observed.entries).toMatchObject([{ httpStatus: status, isDenied, localPort: undefined }]);
});

test('credentials in a second request on one connection make two entries', () => {
  const { observed, packet } = setUp();
  const client = new Talk(packet, ue(32768), at).says(connect);
  client.hears('HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno').says(connect).hears(established);
  expect(observed.entries.map(({ httpStatus }) => httpStatus)).toEqual([407, 200]);
});

test('a client that leaves before it has an answer, and one that says nothing', () => {
  const { observed, packet } = setUp();
  new Talk(packet, ue(32768), at).says(connect).ends();
  new Talk(packet, ue(32769), at).ends();
  expect(observed.entries).toMatchObject([
    { client: ue(32768), httpStatus: 0, method: 'CONNECT' },
    { client: ue(32769), httpStatus: 0, method: undefined },
  ]);
});

test('a connection that is not answered serves no tunnel', () => {
  const { observed, packet } = setUp();
  const client = new Talk(packet, ue(32768), at).says(connect);
  new Talk(packet, own(45276), server, false);
  client.hears(established);
  expect(observed.entries).toMatchObject([{ localPort: undefined }]);
});

test('of two tunnels to one server, each is known by its bytes, and by nothing before', () => {
  const { observed, packet } = setUp();
  const [one, other] = [32768, 32769].map((port) => new Talk(packet, ue(port), at).says(connect));
  // The proxy serves the second first.
  const [forOther, forOne] = [45001, 45002].map((port) => new Talk(packet, own(port), server));
  one!.hears(established);
  other!.hears(established);
  const ports = (): unknown => observed.entries.map(({ localPort }) => localPort);
  expect(ports()).toEqual([undefined, undefined]);
  other!.says(clientHello('b'));
  forOther!.says(clientHello('b'));
  one!.says(clientHello('a'));
  forOne!.says(clientHello('a'));
  expect(ports()).toEqual([45002, 45001]);
});

describe('a handshake that the proxy ends itself', () => {
  const handshake = (ofServer: string): ObservedProxy => {
    const { observed, packet } = setUp();
    const client = new Talk(packet, ue(32768), at).says(connect);
    const leg = new Talk(packet, own(45276), server);
    client.hears(established).says(clientHello('a'));
    leg.says(clientHello(ofServer)).hears(serverHello(ofServer));
    client.hears(serverHello('a'));
    return observed;
  };

  test('is known by its ServerHello, which no server has sent', () => {
    expect(handshake('z').entries).toMatchObject([{ bumpMode: 'bump' }]);
  });

  test('is not one that it passes on', () => {
    expect(handshake('a').entries).toMatchObject([{ bumpMode: undefined, localPort: 45276 }]);
  });
});

test('the same port of a client, used anew, is another connection', () => {
  const { observed, packet } = setUp();
  for (const status of [403, 503])
    new Talk(packet, ue(32768), at).says(connect).hears(`HTTP/1.1 ${status} No\r\n\r\n`).ends();
  expect(observed.entries.map(({ httpStatus }) => httpStatus)).toEqual([403, 503]);
});

test('no bytes of a client or a server make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (said, heard) => {
      const { observed, packet } = setUp();
      const client = new Talk(packet, ue(32768), at).says(Buffer.from(said)).hears(Buffer.from(heard));
      new Talk(packet, own(45276), server).says(Buffer.from(said)).hears(Buffer.from(heard));
      client.says(connect).hears(established).ends();
      expect(observed.entries.every(({ client: { port } }) => port === 32768)).toBe(true);
    }),
  );
});
