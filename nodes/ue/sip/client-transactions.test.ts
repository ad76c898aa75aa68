import { rfcTimers } from '../timers';
import { ClientTransactions } from './client-transactions';
import { keyOf } from './sip-text';

const request = (method: string) =>
  `${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nCSeq: 1 ${method}\r\n\r\n`;
const response = (status: number, method: string, branch = 'z9hG4bK1') =>
  `SIP/2.0 ${status} X\r\nv: SIP/2.0/UDP 10.0.0.1:5060;rport=9;branch=${branch}\r\nCSeq: 1 ${method}\r\n\r\n`;

/** Runs a transaction on fake time. @returns when something happened, in ms */
function run(method: string, reliable: boolean, replies: Readonly<Record<number, string>> = {}): string[] {
  const happened: string[] = [];
  const began = Date.now();
  const note = (what: string) => happened.push(`${what} ${Date.now() - began}`);
  const transactions = new ClientTransactions(reliable, rfcTimers, {
    resend: (text) => note(text === request(method) ? 'sent' : 'changed'),
    expired: (expired) => note(`expired ${keyOf(expired)?.method}`),
  });
  transactions.sent(request(method));
  for (let at = 0; at <= 40_000; at += 100) {
    const reply = replies[at];
    if (reply !== undefined) transactions.received(reply);
    jest.advanceTimersByTime(100);
  }
  expect(jest.getTimerCount()).toBe(0);
  return happened;
}

describe('ClientTransactions', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('sends again by Timer E over UDP until Timer F (RFC 3261 17.1.2.2)', () => {
    // "the retransmissions occur with an interval of 500 ms, 1 s, 2 s, 4 s, 4 s, ..."; F is 64*T1 = 32 s.
    const at = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(run('REGISTER', false)).toEqual([...at.map((ms) => `sent ${ms}`), 'expired REGISTER 32000']);
  });

  it('sends an INVITE again by Timer A, without T2, until Timer B (17.1.1.2)', () => {
    const at = [500, 1500, 3500, 7500, 15_500, 31_500];
    expect(run('INVITE', false)).toEqual([...at.map((ms) => `sent ${ms}`), 'expired INVITE 32000']);
  });

  it('only waits over a stream', () => {
    expect(run('REGISTER', true)).toEqual(['expired REGISTER 32000']);
  });

  it('ends with the final response', () => {
    expect(run('REGISTER', false, { 600: response(200, 'REGISTER') })).toEqual(['sent 500']);
  });

  it('goes on every T2 after a provisional response, and Timer F with it', () => {
    const at = [4600, 8600, 12_600, 16_600, 20_600, 24_600, 28_600];
    const happened = run('REGISTER', false, { 600: response(100, 'REGISTER') });
    expect(happened).toEqual(['sent 500', ...at.map((ms) => `sent ${ms}`), 'expired REGISTER 32000']);
  });

  it('stops sending an INVITE after a provisional response', () => {
    expect(run('INVITE', false, { 600: response(180, 'INVITE') })).toEqual(['sent 500']);
  });

  it('repeats the ACK of a refused INVITE for as long as Timer D, 32 s (17.1.1.2)', () => {
    const happened: string[] = [];
    const transactions = new ClientTransactions(false, rfcTimers, {
      resend: (text) => happened.push(text),
      expired: fail,
    });
    transactions.sent(request('INVITE'));
    expect(transactions.received(response(486, 'INVITE'))).toBe(true);
    transactions.sent(request('ACK'));
    jest.advanceTimersByTime(31_999);
    expect(transactions.received(response(486, 'INVITE'))).toBe(false);
    expect(happened).toEqual([request('ACK')]);
    jest.advanceTimersByTime(1);
    expect(transactions.received(response(486, 'INVITE'))).toBe(false);
    expect(happened).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves a repeated 2xx to an INVITE to the UA core for as long as Timer M (RFC 6026 7.2)', () => {
    const transactions = new ClientTransactions(true, rfcTimers, { resend: fail, expired: fail });
    transactions.sent(request('INVITE'));
    expect(transactions.received(response(200, 'INVITE'))).toBe(true);
    jest.advanceTimersByTime(31_999);
    expect(transactions.received(response(200, 'INVITE'))).toBe(true);
    expect(transactions.received(response(180, 'INVITE'))).toBe(false);
    expect(transactions.received(response(486, 'INVITE'))).toBe(false);
    jest.advanceTimersByTime(1);
    expect(transactions.received(response(200, 'INVITE'))).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes no response to something else (17.1.3)', () => {
    const others = { 100: response(200, 'OPTIONS'), 200: response(200, 'REGISTER', 'z9hG4bK2') };
    expect(run('REGISTER', true, others)).toEqual(['expired REGISTER 32000']);
  });

  it('has no timers for ACK and for responses', () => {
    const transactions = new ClientTransactions(false, rfcTimers, { resend: fail, expired: fail });
    transactions.sent(request('ACK'));
    transactions.sent(response(200, 'NOTIFY'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('treats a request whose final response is of no use as if nobody had answered, once', () => {
    const expired: string[] = [];
    const events = { resend: () => undefined, expired: (text: string) => expired.push(text) };
    const transactions = new ClientTransactions(true, rfcTimers, events);
    transactions.sent(request('REGISTER'));
    expect(transactions.giveUp(response(200, 'MESSAGE'))).toBe(false);
    expect(transactions.giveUp(response(200, 'REGISTER'))).toBe(true);
    expect(transactions.giveUp(response(200, 'REGISTER'))).toBe(false);
    expect(expired).toEqual([request('REGISTER')]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

function fail(): never {
  throw new Error('not to be called');
}
