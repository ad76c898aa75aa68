import { PassThrough } from 'node:stream';
import { toPcscf } from '../../ladder/testing/rungs';
import { UeDriver } from './ue-driver';
import type { AttemptRequest, ProbeRequest } from './protocol';

const request: AttemptRequest = { attempt: 'a1', ...toPcscf(1, 'udp:5060'), suite: 'aes' };
const report = { attempt: 'a1', startedAt: 1, durationMs: 2, end: 'passed', flows: [], identifiers: [] };
const probe: ProbeRequest = { kind: 'tcp', at: { ip: '10.0.0.1', port: 80 }, withinMs: 10 };

/** A UE program played by the test. */
function fakeUe() {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const driver = new UeDriver({ stdin, stdout });
  const says = (message: unknown) =>
    stdout.write(
      `${typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...(message as object) })}\n`,
    );
  const heard = () => stdin.read() as Buffer | null;
  return { driver, says, heard, stdout };
}

describe('UeDriver', () => {
  it('asks by JSON-RPC, one line a request, and gives the report', async () => {
    const ue = fakeUe();
    const answer = ue.driver.attempt('register', request);
    await Promise.resolve();
    expect(ue.heard()?.toString()).toBe(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'register', params: request })}\n`,
    );
    ue.says({ id: 1, result: report });
    expect(await answer).toEqual(report);
    ue.driver.abandon({ attempt: 'a1' });
    expect(JSON.parse(ue.heard()?.toString() ?? '')).toEqual({
      jsonrpc: '2.0',
      method: 'abandon',
      params: { attempt: 'a1' },
    });
  });

  it('believes nothing more of a UE that does not end an attempt', async () => {
    jest.useFakeTimers();
    try {
      const ue = fakeUe();
      const answers = [ue.driver.attempt('register', request)];
      answers.push(ue.driver.attempt('relay', { ...request, attempt: 'a2', mediaMs: 1000 }));
      const failed = Promise.allSettled(answers);
      await jest.advanceTimersByTimeAsync(1);
      ue.heard();
      // Nothing is waited for longer than it may take.
      await jest.advanceTimersByTimeAsync(600_000);
      expect(ue.heard()?.toString()).toBe(
        `${JSON.stringify({ jsonrpc: '2.0', method: 'abandon', params: { attempt: 'a1' } })}\n`,
      );
      await jest.advanceTimersByTimeAsync(10_000);
      const reason = expect.objectContaining({
        code: 'UE_STUCK',
        message: 'told to end the attempt a1 it had not reported it after 10 s; look at its log',
      }) as unknown;
      expect(await failed).toEqual([
        { status: 'rejected', reason },
        { status: 'rejected', reason },
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('waits for no attempt that was reported', async () => {
    jest.useFakeTimers();
    try {
      const ue = fakeUe();
      const answer = ue.driver.attempt('register', request);
      ue.driver.abandon({ attempt: 'a1' });
      ue.says({ id: 1, result: report });
      expect(await answer).toEqual(report);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('knows what the phone says that it can do, and limits one that says nothing in nothing', async () => {
    const [one, other] = [fakeUe(), fakeUe()];
    const capabilities = { actions: ['register'], steps: [1, 2] };
    one.says({ method: 'ready', params: { capabilities } });
    other.says({ method: 'ready' });
    await Promise.all([one.driver.ready(1000), other.driver.ready(1000)]);
    expect([one.driver.capabilities, other.driver.capabilities]).toEqual([capabilities, {}]);
  });

  it('takes a method that the phone does not know for something that it does not support', async () => {
    const ue = fakeUe();
    const answer = ue.driver.attempt('video', request);
    ue.says({ id: 1, error: { code: -32601, message: 'Method not found' } });
    expect(await answer).toMatchObject({
      attempt: 'a1',
      end: 'unsupported',
      failure: { code: 'UNSUPPORTED', text: 'the phone has no action video' },
    });
  });

  it('passes on what the UE tells, before the report', async () => {
    const ue = fakeUe();
    const told: unknown[] = [];
    ue.driver.on({ identifier: (identifier) => told.push(identifier) });
    const answer = ue.driver.attempt('relay', request).then(() => told.push('report'));
    const identifier = { attempt: 'a1', kind: 'stun-transaction', value: '00' };
    ue.says({ method: 'identifier', params: identifier });
    ue.says({ id: 1, result: report });
    await answer;
    expect(told).toEqual([identifier, 'report']);
  });

  it('passes on the keys of TLS and of ESP', async () => {
    const ue = fakeUe();
    const told: unknown[] = [];
    ue.driver.on({ keylog: (one) => told.push(one), espSa: (one) => told.push(one) });
    const answer = ue.driver.attempt('register', request);
    const keyLog = { attempt: 'a1', line: 'CLIENT_RANDOM 00 11' };
    const espSa = {
      attempt: 'a1',
      line: '"IPv4","*","*","0x00001001","NULL","","HMAC-MD5-96 [RFC2403]","0x00"',
    };
    ue.says({ method: 'keylog', params: keyLog });
    ue.says({ method: 'esp-sa', params: espSa });
    ue.says({ id: 1, result: report });
    await answer;
    expect(told).toEqual([keyLog, espSa]);
  });

  it('has the UE serve, and passes on that it can be called and that it talks', async () => {
    const ue = fakeUe();
    const told: unknown[] = [];
    ue.driver.on({ reachable: (one) => told.push(one), talking: (one) => told.push(one) });
    const answer = ue.driver.attempt('leave', { ...request, mediaMs: 1000 });
    const reachable = { attempt: 'a1', withinMs: 10_000 };
    const talking = { attempt: 'a1', dialog: { callId: 'c', localTag: 'l', remoteTag: 'r' } };
    ue.says({ method: 'reachable', params: reachable });
    ue.says({ method: 'talking', params: talking });
    ue.says({ id: 1, result: report });
    expect(await answer).toEqual(report);
    expect(told).toEqual([reachable, talking]);
    expect(JSON.parse(ue.heard()?.toString() ?? '')).toMatchObject({
      method: 'leave',
      params: { attempt: 'a1', mediaMs: 1000 },
    });
  });

  it('holds what the other end says against the protocol', async () => {
    const ue = fakeUe();
    const answer = ue.driver.invite({ to: 'sip:ue-1@ims.example', answerWithinMs: 100 });
    ue.says({ id: 1, result: { answered: 'perhaps' } });
    await expect(answer).rejects.toMatchObject({ code: 'UE_PROTOCOL' });
  });

  it('waits for the UE to be ready, with a deadline', async () => {
    const ue = fakeUe();
    await expect(ue.driver.ready(20)).rejects.toMatchObject({
      code: 'UE_NOT_READY',
      message: 'waited 20 ms for the UE to say "ready", in vain; look at its log',
    });
    ue.says({ method: 'ready' });
    await ue.driver.ready(1000);
  });

  it('gives the words of an error response', async () => {
    const ue = fakeUe();
    const answer = expect(ue.driver.probe(probe)).rejects.toMatchObject({
      code: 'UE_REQUEST',
      message: 'probe: nobody there',
    });
    ue.says({ id: 1, error: { code: 0, message: 'nobody there' } });
    await answer;
  });

  it.each([
    ['not JSON: hello', 'hello'],
    ['neither a response nor a notification of the protocol: [1]', '[1]'],
    ['neither a response nor a notification of the protocol: null', 'null'],
    [
      'neither a response nor a notification of the protocol: {"jsonrpc":"2.0","method":"sing"}',
      { method: 'sing' },
    ],
    ['flow: attempt: Invalid input: expected string, received undefined', { method: 'flow', params: {} }],
    [
      'esp-sa: line: Invalid input: expected string, received undefined',
      { method: 'esp-sa', params: { attempt: 'a1' } },
    ],
    [
      'the result of register: the whole: Invalid input: expected object, received null',
      { id: 1, result: null },
    ],
    ['the result of register is for attempt a2, not a1', { id: 1, result: { ...report, attempt: 'a2' } }],
  ])('believes nothing more after a mistake: %s', async (text, message) => {
    const ue = fakeUe();
    const answer = expect(ue.driver.attempt('register', request)).rejects.toMatchObject({
      code: 'UE_PROTOCOL',
      message: `the UE broke the protocol (nodes/ue/protocol.ts): ${text}`,
    });
    ue.says(message);
    await answer;
    await expect(ue.driver.attempt('register', request)).rejects.toMatchObject({ code: 'UE_PROTOCOL' });
    await expect(ue.driver.ready(1000)).rejects.toMatchObject({ code: 'UE_PROTOCOL' });
  });

  it('does not collect a line without end', async () => {
    const ue = fakeUe();
    const answer = expect(ue.driver.attempt('register', request)).rejects.toMatchObject({
      code: 'UE_PROTOCOL',
      message: 'the UE broke the protocol (nodes/ue/protocol.ts): a line is longer than 1048576 bytes',
    });
    for (let sent = 0; sent <= 1024 * 1024; sent += 65_536) ue.stdout.write('x'.repeat(65_536));
    await answer;
  });

  it('rejects what is pending when the UE ends', async () => {
    const ue = fakeUe();
    const pending = [
      ue.driver.attempt('register', request),
      ue.driver.probe(probe),
      ue.driver.ready(10_000),
    ].map((answer) =>
      expect(answer).rejects.toMatchObject({
        code: 'UE_GONE',
        message: 'the UE has ended; look at its log',
      }),
    );
    ue.stdout.end();
    await Promise.all(pending);
    await expect(ue.driver.attempt('register', request)).rejects.toMatchObject({ code: 'UE_GONE' });
  });
});
