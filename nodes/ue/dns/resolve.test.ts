import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LocalPorts } from '../dialler/local-ports';
import { Attempt } from '../attempt';
import { AttemptPart } from '../attempt-part';
import type { Flow } from '../protocol';
import { resolveName } from './resolve';

let server: Socket;
/** The server's answer to the bytes of a question, if it gives one. */
let answer: (question: Buffer) => Buffer | undefined;
let asked: number;

beforeEach(async () => {
  asked = 0;
  server = createSocket('udp4').on('message', (question, from) => {
    asked++;
    const reply = answer(question);
    if (reply) server.send(reply, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

/** An answer to the question with this code, and with an address if one is given. */
function reply(question: Buffer, code: number, ...octets: number[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(octets.length > 0 ? 1 : 0, 6);
  const record = octets.length > 0 ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...octets] : [];
  return Buffer.concat([head, Buffer.from(record)]);
}

interface Asked {
  readonly address: Promise<string>;
  readonly flows: Flow[];
  readonly attempt: Attempt;
  readonly part: AttemptPart;
}

function ask(waits?: readonly number[]): Asked {
  const flows: Flow[] = [];
  const attempt = new Attempt(
    {
      attempt: 'a',
      step: 2,
      via: 'udp:5060',
      server: 'pcscf',
      transport: 'udp',
      port: 5060,
      through: 'direct',
      security: 'digest',
      suite: 'aes',
    },
    {
      flow: (flow) => flows.push(flow),
      identifier: () => undefined,
      keylog: () => undefined,
      espSa: () => undefined,
      note: () => undefined,
    },
  );
  const part = new AttemptPart(attempt);
  const access = { address: '127.0.0.1', ports: new LocalPorts(39_000) };
  const address = resolveName(
    'pcscf.example',
    { ip: '127.0.0.1', port: server.address().port },
    access,
    part,
    waits,
  );
  return { address, flows, attempt, part };
}

test('asks over a socket that it announces, and again when nothing comes', async () => {
  answer = (question) => (asked < 2 ? undefined : reply(question, 0, 198, 19, 0, 10));
  const { address, flows } = ask([20, 60_000]);
  expect(await address).toBe('198.19.0.10');
  expect(flows).toMatchObject([
    { protocol: 'udp', remote: { ip: '127.0.0.1', port: server.address().port } },
  ]);
  expect(asked).toBe(2);
});

test('an answer to another question is not taken', async () => {
  answer = (question) => {
    const other = reply(question, 0, 192, 0, 2, 1);
    other.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0);
    return asked === 1 ? other : reply(question, 0, 198, 19, 0, 10);
  };
  expect(await ask([50, 60_000]).address).toBe('198.19.0.10');
});

test('a name that is not there is told at once', async () => {
  answer = (question) => reply(question, 3);
  await expect(ask([60_000]).address).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'the DNS knows no address of pcscf.example (code 3)',
  });
});

test('without an answer it gives up', async () => {
  answer = () => undefined;
  await expect(ask([1, 1]).address).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: 'no answer of the DNS server to the question for pcscf.example',
  });
});

test('the lab ends a question that is hopeless', async () => {
  answer = () => undefined;
  const { address, flows, attempt } = ask([60_000]);
  await once(server, 'message');
  attempt.abandon(flows[0]);
  await expect(address).rejects.toMatchObject({ code: 'ABANDONED' });
});

test('a question is a way on which an attempt can fail as long as it has no answer', async () => {
  answer = () => undefined;
  const silent = ask([1, 1]);
  await expect(silent.address).rejects.toThrow();
  expect(silent.part.ways).toMatchObject([{ protocol: 'udp', remote: { port: server.address().port } }]);
  answer = (question) => reply(question, 0, 198, 19, 0, 10);
  const answered = ask([60_000]);
  await answered.address;
  expect(answered.part.ways).toEqual([]);
});
