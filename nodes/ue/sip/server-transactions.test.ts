import { rfcTimers } from '../timers';
import { ServerTransactions } from './server-transactions';

const fields = (method: string) => `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nCSeq: 1 ${method}\r\n\r\n`;
const request = (method: string) => `${method} sip:a@b SIP/2.0\r\n${fields(method)}`;
const response = (code: number, method: string) => `SIP/2.0 ${code} X\r\n${fields(method)}`;

let sent: [at: number, text: string][];
let transactions: ServerTransactions;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  sent = [];
  transactions = new ServerTransactions(false, rfcTimers, (text) => sent.push([Date.now(), text]));
});

afterEach(() => {
  transactions.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('ServerTransactions', () => {
  it('answers a repeated request as before, until Timer J (RFC 3261 17.2.2)', () => {
    expect(transactions.received(request('MESSAGE'))).toBe(true);
    transactions.sent(response(200, 'MESSAGE'));
    jest.advanceTimersByTime(31_999);
    expect(transactions.received(request('MESSAGE'))).toBe(false);
    expect(sent).toEqual([[31_999, response(200, 'MESSAGE')]]);
    // The same branch with another method is another transaction.
    expect(transactions.received(request('CANCEL'))).toBe(true);
    jest.advanceTimersByTime(1);
    expect(transactions.received(request('MESSAGE'))).toBe(true);
  });

  it('repeats the latest provisional response', () => {
    transactions.sent(response(100, 'INVITE'));
    transactions.sent(response(180, 'INVITE'));
    expect(transactions.received(request('INVITE'))).toBe(false);
    expect(sent).toEqual([[0, response(180, 'INVITE')]]);
  });

  it('repeats a refusal by Timer G until the ACK (17.2.1), and absorbs the INVITE until Timer I afterwards', () => {
    transactions.sent(response(486, 'INVITE'));
    jest.advanceTimersByTime(8000);
    // "the interval ... MIN(2*T1, T2)": 0.5, 1, 2 and 4 s.
    expect(sent.map(([at]) => at)).toEqual([500, 1500, 3500, 7500]);
    expect(transactions.received(request('ACK'))).toBe(true);
    jest.advanceTimersByTime(4999);
    expect(transactions.received(request('ACK'))).toBe(true);
    expect(sent).toHaveLength(4);
    expect(transactions.received(request('INVITE'))).toBe(false);
    jest.advanceTimersByTime(1);
    expect(transactions.received(request('INVITE'))).toBe(true);
  });

  it('gives a refusal up with Timer H, 32 s', () => {
    transactions.sent(response(486, 'INVITE'));
    jest.advanceTimersByTime(100_000);
    expect(sent.map(([at]) => at)).toEqual([
      500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
  });

  it('absorbs an INVITE that was accepted, whose 200 the UA core repeats (RFC 6026 7.1)', () => {
    transactions.sent(response(200, 'INVITE'));
    jest.advanceTimersByTime(500);
    transactions.sent(response(200, 'INVITE'));
    jest.advanceTimersByTime(31_499);
    expect(transactions.received(request('INVITE'))).toBe(false);
    jest.advanceTimersByTime(1);
    expect(transactions.received(request('INVITE'))).toBe(true);
    expect(sent).toEqual([]);
  });

  it('does not send the refusal of an INVITE again over a stream (17.2.1), but when it is asked again', () => {
    transactions = new ServerTransactions(true, rfcTimers, (text) => sent.push([Date.now(), text]));
    transactions.received(request('INVITE'));
    transactions.sent(response(400, 'INVITE'));
    jest.advanceTimersByTime(5000);
    expect(sent).toEqual([]);
    expect(transactions.received(request('INVITE'))).toBe(false);
    expect(sent).toEqual([[5000, response(400, 'INVITE')]]);
  });
});
