import { PassThrough } from 'node:stream';
import { toPcscf } from '../../ladder/testing/rungs';
import { LineOutput, abandonIn, methodsOf, serveMethods } from './rpc-server';
import type { Ue } from './ue';

/** Says lines to a UE that can do nothing, and gives what it answers. */
async function answersTo(...lines: string[]): Promise<unknown[]> {
  const [input, output, log] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const ue = {
    register: () => Promise.reject(new Error('attempt a is running already')),
    probe: () => Promise.resolve(),
    serve: (service: string, request: unknown) => Promise.resolve({ service, request }),
    otherEnd: {
      attend: () => Promise.resolve(),
      invite: (request: unknown) => Promise.resolve({ answered: true, failure: JSON.stringify(request) }),
      arrivals: () => ({ calls: [] }),
    },
  } as unknown as Ue;
  for (const line of lines) input.write(`${line}\n`);
  input.end();
  await serveMethods(methodsOf(ue), input, new LineOutput(output, log));
  await new Promise((resolve) => setImmediate(resolve));
  const said = (output.read() as Buffer | null)?.toString().trim() ?? '';
  return said === '' ? [] : said.split('\n').map((line) => JSON.parse(line) as unknown);
}

const ask = (method: string, params: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const good = { attempt: 'a', ...toPcscf(1, 'udp:5060'), suite: 'aes' };

describe('serve', () => {
  it.each([
    ['attempt', 'register', { ...good, attempt: 7 }],
    ['step', 'relay', { ...good, step: 4 }],
    ['via', 'register', { ...good, via: 53 }],
    ['server', 'register', { ...good, server: 'ims-core' }],
    ['transport', 'relay', { ...good, transport: 'sctp' }],
    ['port', 'relay', { ...good, port: '443' }],
    ['through', 'register', { ...good, through: 'socks' }],
    ['security', 'register', { ...good, security: 'none' }],
    ['suite', 'relay', { ...good, suite: undefined }],
    ['at', 'probe', { kind: 'tcp', at: {}, withinMs: 1 }],
    ['kind', 'probe', { kind: 'icmp', at: { ip: '10.0.0.1', port: 1 }, withinMs: 1 }],
    ['attempt', 'register', undefined],
    ['mediaMs', 'call', { ...good, mediaMs: 'long' }],
    ['bytes', 'msrp', { ...good, bytes: Infinity }],
    ['transfers', 'arrive', { ...good, transfers: 'call-1' }],
    ['subscriber', 'arrive', { ...good, subscriber: { impu: 7 } }],
    ['card', 'register', { ...good, subscriber: { impu: 'sip:a@b', card: { k: 7 } } }],
    ['to', 'invite', { answerWithinMs: 1 }],
    ['answerWithinMs', 'invite', { to: 'sip:ue-1@ims.example' }],
    ['from', 'arrivals', {}],
  ])('names the wrong parameter: %s of %s', async (name, method, params) => {
    // JSON-RPC 2.0, clause 5.1: -32602 is "Invalid params".
    const error = { code: -32602, message: `the parameter ${name} is missing or wrong` };
    expect(await answersTo(ask(method, params))).toEqual([{ jsonrpc: '2.0', id: 1, error }]);
  });

  it('answers nonsense and goes on', async () => {
    const answers = await answersTo(
      '{',
      ask('sing', {}),
      ask('probe', { kind: 'tcp', at: { ip: '10.0.0.1', port: 1 }, withinMs: 1 }),
    );
    expect(answers).toMatchObject([
      { error: { code: -32700 } },
      { error: { code: -32601 } },
      { id: 1, result: null },
    ]);
  });

  it('passes a service on with all that is asked of it, and nothing else', async () => {
    const transfers = { callId: 'c', localTag: 'l', remoteTag: 'r', by: 'replaces' };
    const asked = { ...good, mediaMs: 3000, transfers };
    expect(await answersTo(ask('arrive', { ...asked, song: 'any' }))).toEqual([
      { jsonrpc: '2.0', id: 1, result: { service: 'arrive', request: asked } },
    ]);
  });

  it('passes on a subscriber with a card', async () => {
    const subscriber = { impu: 'sip:a@b', card: { k: '00', opc: '11', amf: '8000' } };
    const asked = { ...good, subscriber };
    expect(await answersTo(ask('message', asked))).toMatchObject([{ result: { request: asked } }]);
  });

  it('has the other end attend, invite and tell of arrivals', async () => {
    const invite = { to: 'sip:ue-1@ims.example', answerWithinMs: 100 };
    expect(await answersTo(ask('attend', undefined))).toMatchObject([{ id: 1, result: null }]);
    expect(await answersTo(ask('invite', invite))).toMatchObject([
      { result: { answered: true, failure: JSON.stringify(invite) } },
    ]);
    expect(await answersTo(ask('arrivals', { from: 'sip:ue-1@ims.example' }))).toMatchObject([
      { result: { calls: [] } },
    ]);
  });

  it('passes the words of an error on', async () => {
    expect(await answersTo(ask('register', good))).toMatchObject([
      { id: 1, error: { message: 'attempt a is running already' } },
    ]);
  });

  it('gives up one way of an attempt, also of ESP', async () => {
    const local = { ip: '10.0.0.2', port: 0 };
    const what = { attempt: 'a', flow: { protocol: 'esp', local, remote: local } };
    expect(abandonIn(what)).toEqual(what);
  });

  it('tells the lab the keys of ESP', () => {
    const lines = new PassThrough();
    const line = '"IPv4","*","*","0x00001001"';
    new LineOutput(lines, new PassThrough()).listener().espSa({ attempt: 'a', line });
    expect(JSON.parse((lines.read() as Buffer).toString())).toEqual({
      jsonrpc: '2.0',
      method: 'esp-sa',
      params: { attempt: 'a', line },
    });
  });

  it('is not troubled by an abandon without name', async () => {
    expect(await answersTo(JSON.stringify({ jsonrpc: '2.0', method: 'abandon' }))).toEqual([]);
  });
});
