import { StunMessage } from '../stun/message';
import { AttemptFailure } from '../failure';
import { rfcTimers } from '../timers';
import { BindingRequests } from './binding-requests';

const to = { ip: '198.19.0.5', port: 2000 };
const key = Buffer.from('password');

let told: string[];
let sentAt: number[];
let requests: BindingRequests;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  const began = Date.now();
  told = [];
  sentAt = [];
  requests = new BindingRequests(
    rfcTimers,
    (id) => told.push(id),
    () => {
      // Told before it is sent.
      expect(told).toHaveLength(1);
      sentAt.push(Date.now() - began);
    },
  );
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const binding = (): StunMessage => new StunMessage('BINDING', 'request');
const answerTo = (request: StunMessage, kind: 'success' | 'error' = 'success'): StunMessage =>
  new StunMessage('BINDING', kind, request.transaction);

describe('Binding requests', () => {
  it('are sent seven times and given up after 39.5 s (RFC 8489 6.2.1)', async () => {
    const { answer } = requests.start({ message: binding(), to });
    const failed = expect(answer).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no answer to Binding from 198.19.0.5:2000',
    });
    await jest.advanceTimersByTimeAsync(39_500);
    await failed;
    expect(sentAt).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  });

  it('are sent once where the time for the answer is given', async () => {
    const failed = expect(requests.start({ message: binding(), to, onceMs: 900 }).answer).rejects.toThrow();
    await jest.advanceTimersByTimeAsync(900);
    await failed;
    expect(sentAt).toEqual([0]);
  });

  it('fail on an answer with what must be understood and is not (RFC 8489 6.3.3)', async () => {
    const message = binding();
    const { answer } = requests.start({ message, to });
    const response = answerTo(message);
    response.add(0x7f01, Buffer.alloc(4));
    // 0x8000 and above need not be understood.
    response.add(0xff01, Buffer.alloc(4));
    const failed = expect(answer).rejects.toMatchObject({
      code: 'TURN_PROTOCOL',
      message: 'the answer to Binding from 198.19.0.5:2000 holds 0x7F01, which must be understood and is not',
    });
    requests.answered(response, response.bytes, to);
    await failed;
  });

  it('take the answer that is signed, from whom they were sent to', async () => {
    const message = binding();
    const { answer } = requests.start({ message, to, key });
    let answered: StunMessage | undefined;
    void answer.then((response) => (answered = response));
    const signed = answerTo(message).sign(key);
    const forged = answerTo(message).sign(Buffer.from('guessed'));
    requests.answered(signed, signed.bytes, { ...to, port: 2001 });
    requests.answered(forged, forged.bytes, to);
    requests.answered(answerTo(message), answerTo(message).bytes, to);
    requests.answered(answerTo(binding()), answerTo(binding()).bytes, to);
    await jest.advanceTimersByTimeAsync(0);
    expect(answered).toBeUndefined();
    requests.answered(signed, signed.bytes, to);
    await jest.advanceTimersByTimeAsync(0);
    expect(answered).toBe(signed);
  });

  it('take an error also unsigned', async () => {
    const message = binding();
    const { answer } = requests.start({ message, to, key });
    const error = answerTo(message, 'error').set('ERROR-CODE', { code: 487, reason: 'Role Conflict' });
    requests.answered(error, error.bytes, to);
    expect(await answer).toBe(error);
  });

  it('can be sent again, cancelled and stopped', async () => {
    const first = requests.start({ message: binding(), to });
    first.resend();
    expect(sentAt).toEqual([0, 0]);
    first.cancel();
    await expect(first.answer).rejects.toMatchObject({ code: 'ABANDONED' });
    first.resend();
    expect(sentAt).toHaveLength(2);
    told.length = 0;
    const second = requests.start({ message: binding(), to });
    const failure = new AttemptFailure('CONNECTION_LOST', 'gone');
    requests.stop(failure);
    await expect(second.answer).rejects.toBe(failure);
    await expect(requests.start({ message: binding(), to }).answer).rejects.toBe(failure);
  });
});
