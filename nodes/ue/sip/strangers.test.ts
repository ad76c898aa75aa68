import { AttemptFailure } from '../failure';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeChannel } from '../testing/fake-channel';
import { FakeMedia } from '../testing/fake-media';
import { fakeRegistrar } from '../testing/fake-registrar';
import { rfcTimers } from '../timers';
import type { IncomingCall } from './incoming-call';
import { allHeadersOf } from './sip-text';
import { UserAgent } from './user-agent';

/** A user agent over a stream whose other end writes SIP in unusual ways. */

const subscriber = { domain: 'b', impi: 'a@b', impu: 'sip:a@b', password: 'x' };

interface Strange {
  readonly channel: FakeChannel;
  readonly ua: UserAgent;
  readonly attempt: FakeAttempt;
  readonly messages: string[];
  readonly calls: IncomingCall[];
}

let attempt: FakeAttempt;
afterEach(() => attempt.end());

/** Makes a user agent that has sent its REGISTER; `registered` says how that ends. */
function registering(): Strange & { readonly registered: Promise<string> } {
  attempt = new FakeAttempt();
  const channel = new FakeChannel('tls');
  const ua = new UserAgent(channel, subscriber, rfcTimers, attempt);
  const messages: string[] = [];
  const calls: IncomingCall[] = [];
  ua.on({ message: ({ text }) => messages.push(text), call: (call) => calls.push(call) });
  const registered = ua.register().then(
    () => 'registered',
    (error: unknown) => (error instanceof AttemptFailure ? `${error.code} ${error.message}` : String(error)),
  );
  return { channel, ua, attempt, messages, calls, registered };
}

/** Waits for a message that the user agent sends and that begins with this text. */
async function sent({ channel }: Strange, begin: string, part = ''): Promise<string> {
  for (;;) {
    const text = channel.sent.map(String).find((one) => one.startsWith(begin) && one.includes(part));
    if (text !== undefined) return text;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function answer(request: string, start: string, ...more: readonly string[]): string {
  const repeated = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(
    (name) => `${name}: ${allHeadersOf(request, name)[0]}`,
  );
  return [start, ...repeated, ...more, 'Content-Length: 0', '', ''].join('\r\n');
}

async function registered(): Promise<Strange> {
  const strange = registering();
  const requests = [
    ['REGISTER', ''],
    ['REGISTER', 'Authorization'],
    ['SUBSCRIBE', ''],
  ] as const;
  for (const [method, part] of requests)
    for (const text of fakeRegistrar(await sent(strange, method, part))!) strange.channel.receive(text);
  expect(await strange.registered).toBe('registered');
  strange.channel.sent.length = 0;
  return strange;
}

const body = (text: string, type: string): string[] => [type, `l: ${Buffer.byteLength(text)}`, '', text];

function request(method: string, lines: readonly string[]): string {
  return [
    `${method} sip:a@b SIP/2.0`,
    `v: SIP/2.0/TLS 1.2.3.4:1;branch=z9hG4bK${method}`,
    `CSeq: 1 ${method}`,
    ...lines,
  ].join('\r\n');
}

const plain = ['From: <sip:c@b>;tag=1', 'To: <sip:a@b>', 'Call-ID: x', 'Max-Forwards: 9'];

it('answers a request that cannot be read with 400, and says so in the log', async () => {
  const strange = await registered();
  const fields = ['From: <tel:+1555>;tag=1', ...plain.slice(1), ...body('hi', 'c: text/plain')];
  strange.channel.receive(request('MESSAGE', fields));
  expect(await sent(strange, 'SIP/2.0')).toMatch(/^SIP\/2\.0 400 From header field cannot be read\r\n/);
  expect(strange.attempt.notes).toContain(
    'a request MESSAGE was answered with 400: From header field cannot be read: <tel:+1555>;tag=1',
  );
  expect(strange.messages).toEqual([]);
});

it('reads folded, compact and capitalised header fields (RFC 3261 7.3)', async () => {
  const strange = await registered();
  const fields = ['f:\r\n\t<sip:c@b>\r\n ;tag=1', 't :<sip:a@b>', 'CALL-ID: x', 'max-forwards  : 9'];
  strange.channel.receive(
    request('MESSAGE', [...fields, ...body('grüß', 'c: Text/Plain;\r\n charset="UTF-8"')]),
  );
  expect(await sent(strange, 'SIP/2.0')).toMatch(/^SIP\/2\.0 200 OK\r\n/);
  expect(strange.messages).toEqual(['grüß']);
});

it('takes an offer whose Content-Type has parameters', async () => {
  const strange = await registered();
  const offer = body('v=0\r\n', 'Content-Type: Application/SDP;charset=UTF-8');
  strange.channel.receive(request('INVITE', [...plain, 'm: <sip:c@1.2.3.4;transport=tls>', ...offer]));
  expect(await sent(strange, 'SIP/2.0')).toMatch(/^SIP\/2\.0 100 /);
  expect(strange.calls.map((call) => call.offer)).toEqual(['v=0\r\n']);
});

describe('an INVITE without an offer (RFC 3261 13.2.1)', () => {
  const invite = [...plain, 'm: <sip:c@1.2.3.4;transport=tls>'];
  const described = (text: string): string[] => body(text, 'c: application/sdp');

  /** Calls the user agent, which answers. @returns how the call ends, and functions for later messages of the dialog */
  async function answered(media: FakeMedia) {
    const strange = await registered();
    strange.channel.receive(request('INVITE', [...invite, 'l: 0', '', '']));
    const call = strange.calls[0]!.answer(media);
    call.catch(() => undefined);
    const answer = await sent(strange, 'SIP/2.0 200');
    const to = allHeadersOf(answer, 'To')[0]!;
    const later = (method: string, lines: readonly string[], number = 1): void => {
      const text = request(method, lines).replace(/^To: .*$/m, `To: ${to}`);
      strange.channel.receive(
        text.replace('CSeq: 1', `CSeq: ${number}`).replace(';branch=', `;branch=z9hG4bK${number}`),
      );
    };
    return { strange, call, answer, later };
  }

  it('has the offer in the 200, and the answer in the ACK', async () => {
    const media = new FakeMedia('called');
    const { strange, call, answer, later } = await answered(media);
    expect(strange.calls[0]!.offer).toBeUndefined();
    expect(answer).toContain('\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=called\r\n');
    later('ACK', [...plain, ...described('v=0\r\ns=theirs\r\n')]);
    await call;
    expect(media.answered).toBe('v=0\r\ns=theirs\r\n');
  });

  it.each([
    ['answers nothing', ['l: 0', '', ''], 'the ACK does not answer what the 200 offers (RFC 3261 13.2.1)'],
    ['answers what cannot be', described('v=0\r\n'), 'called cannot carry that'],
  ])('is ended where the ACK %s', async (_, lines, why) => {
    const media = new FakeMedia('called', () => false);
    const { strange, call, later } = await answered(media);
    later('ACK', [...plain, ...lines]);
    await expect(call).rejects.toMatchObject({ code: 'NOT_ACCEPTABLE', message: why });
    expect(await sent(strange, 'BYE')).toMatch(/^Reason: SIP ;cause=4/m);
    expect(media.closed).toBe(true);
  });

  it.each([
    ['offers anew where the media can', 'anew 1', ['theirs', 'later']],
    ['repeats what was agreed where they cannot', 'called', ['theirs']],
  ])('in a session %s', async (_, name, taken) => {
    const heard: string[] = [];
    const media = new FakeMedia('called', (sdp) => heard.push(/s=(\w+)/.exec(sdp)![1]!) > 0);
    let times = 0;
    const anew = (): Promise<string> => new FakeMedia(`anew ${++times}`).offer();
    Object.assign(media, { reoffer: name === 'called' ? undefined : anew });
    const { strange, call, later } = await answered(media);
    later('ACK', [...plain, ...described('v=0\r\ns=theirs\r\n')]);
    await call;
    strange.channel.sent.length = 0;
    later('INVITE', [...invite, 'l: 0', '', ''], 2);
    expect(await sent(strange, 'SIP/2.0 200')).toContain(`s=${name}\r\n`);
    later('ACK', [...plain, ...described('v=0\r\ns=later\r\n')], 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(taken);
  });
});

it('answers what JsSIP has no word for', async () => {
  const strange = await registered();
  strange.channel.receive(request('FOO', [...plain, 'l: 0', '', '']));
  strange.channel.receive(request('CANCEL', [...plain.slice(0, 2), 'i: y', 'l: 0', '', '']));
  strange.channel.receive(request('NOTIFY', [...plain, 'l: 0', '', '']).replace('SIP/2.0', 'SIP/3.0'));
  expect(strange.channel.sent.map((text) => String(text).split('\r\n', 1)[0])).toEqual([
    'SIP/2.0 405 Method Not Allowed',
    'SIP/2.0 481 Call/Transaction Does Not Exist',
    'SIP/2.0 505 Version Not Supported',
  ]);
});

it('fails at once, and with the reason, on a final response that cannot be read', async () => {
  const strange = registering();
  const refused = answer(await sent(strange, 'REGISTER'), 'SIP/2.0 200 OK').replace(
    /From: .*/,
    'From: <tel:+1>',
  );
  strange.channel.receive(refused);
  expect(await strange.registered).toBe(
    'SIP_PROTOCOL the response 200 OK to REGISTER cannot be read: From header field cannot be read: <tel:+1>',
  );
});

it('reads a folded response', async () => {
  const strange = registering();
  const { channel } = strange;
  for (const text of fakeRegistrar(await sent(strange, 'REGISTER'))!) channel.receive(text);
  const [ok = ''] = fakeRegistrar(await sent(strange, 'REGISTER', 'Authorization'))!;
  channel.receive(
    ok
      .replace('SIP/2.0 200 OK', 'sip/2.0 200')
      .replace(/;branch/, '\r\n  ; branch')
      .replace(/Contact: (.*?)>;/, 'Contact:\r\n $1>\r\n ;'),
  );
  for (const text of fakeRegistrar(await sent(strange, 'SUBSCRIBE'))!) channel.receive(text);
  expect(await strange.registered).toBe('registered');
});

it("fails on garbage, which is the other end's fault", async () => {
  const strange = registering();
  strange.channel.receive(Buffer.from([0x15, 3, 3, 0]));
  expect(await strange.registered).toBe(
    'SIP_PROTOCOL the SIP stream cannot be read: a message does not begin as SIP does, but with bytes 15 03 03 00',
  );
});
