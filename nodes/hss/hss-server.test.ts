import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { find } from './cx';
import { decode, encode, MessageStream, type DiameterMessage } from './diameter';
import { avps } from './dictionary';
import { HssServer } from './hss-server';
import { cer, disconnect, mar, sar, watchdog } from './testing/requests';

let lines: string[];
let server: HssServer;
const settings = { address: '127.0.0.1', port: 0, originHost: '127.0.0.1', domain: 'ims.example' };
const subscribers = [
  {
    impi: 'a@ims.example',
    impus: ['sip:a@ims.example'],
    password: 'secret',
    card: { k: '0'.repeat(32), opc: '0'.repeat(32), amf: '0000' },
  },
];
const asked = mar('a@ims.example', 'sip:a@ims.example', 'Digest-AKAv1-MD5');

beforeEach(async () => {
  lines = [];
  server = await HssServer.start({ ...settings, peers: ['127.0.0.1'] }, subscribers, (line) =>
    lines.push(line),
  );
});
afterEach(() => server.stop());

/** Sends bytes and returns the answers, until there are as many or the HSS closes. */
async function exchange(
  bytes: Buffer,
  answers = Infinity,
  localAddress = '127.0.0.1',
): Promise<DiameterMessage[]> {
  const socket: Socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const stream = new MessageStream();
  const read: DiameterMessage[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('data', (data) => {
      read.push(...stream.push(data).map(decode));
      if (read.length >= answers) resolve();
    });
  });
  socket.write(bytes);
  await done;
  socket.destroy();
  return read;
}

const resultOf = ({ avps: given }: DiameterMessage): number | undefined =>
  find(given, avps.resultCode)?.data.readUInt32BE();

it('exchanges capabilities, answers the watchdog and Cx over one connection, and ends it when it is asked to', async () => {
  const answers = await exchange(Buffer.concat([cer, watchdog, asked, disconnect].map(encode)));
  expect(answers.map(({ command, isRequest }) => [command, isRequest])).toEqual([
    [257, false],
    [280, false],
    [303, false],
    [282, false],
  ]);
  expect(answers.map(resultOf)).toEqual([2001, 2001, 2001, 2001]);
  expect(answers.map(({ hopByHop, endToEnd }) => [hopByHop, endToEnd])).toEqual(Array(4).fill([7, 8]));
});

it.each([
  ['version 71 is not that of Diameter, 1', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['command 303 came before the CER', () => encode(asked)],
  ['an answer to command 257 came, and nothing was asked', () => encode({ ...cer, isRequest: false })],
])('closes a connection with one line: %s', async (reason, bytes) => {
  expect(await exchange(bytes())).toEqual([]);
  expect(lines).toEqual([expect.stringMatching(/^closed the connection from 127\.0\.0\.1:\d+: /)]);
  expect(lines[0]).toContain(`: ${reason}`);
});

it('refuses a peer without the application Cx, and closes', async () => {
  const [answer] = await exchange(encode({ ...cer, avps: cer.avps.slice(0, 1) }));
  expect(resultOf(answer!)).toBe(5010);
  expect(lines[0]).toContain(': its CER has not the application Cx');
});

it('takes no connection of another address than those of its peers', async () => {
  server.stop();
  server = await HssServer.start({ ...settings, peers: ['127.0.0.9'] }, subscribers, (line) =>
    lines.push(line),
  );
  expect(await exchange(encode(cer), Infinity, '127.0.0.8')).toEqual([]);
  expect(lines[0]).toContain(': it is no peer of the HSS');
  // The question of the lab whether it still works, which comes from its own node.
  expect(await exchange(encode(cer))).toEqual([]);
  expect(lines).toHaveLength(1);
});

it('goes on after any change to a message: it answers, waits for more, or closes', async () => {
  const valid = [asked, sar('a@ims.example', 'sip:a@ims.example', 1), cer, watchdog].map(encode);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      async (message, changes) => {
        const changed = Buffer.from(message);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        const closed = once(socket, 'close');
        // The end of what is sent makes the server close, if it waits for more.
        socket.end(Buffer.concat([encode(cer), changed]));
        await closed;
        const [, answer] = await exchange(Buffer.concat([cer, asked].map(encode)), 2);
        expect(resultOf(answer!)).toBe(2001);
      },
    ),
  );
});
