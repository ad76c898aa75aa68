import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ForeignPhone, fieldsOf, statusOf, uriIn } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';
import { staticSti } from './sti';

/** The lab's own P-CSCF, IMS core and SCC AS, with phones that write SIP as the test says. */

let ims: TestIms;
/** Alice on the network that she leaves, and on the one that she comes to. */
let before: ForeignPhone;
let there: ForeignPhone;
let bob: ForeignPhone;
let mallory: ForeignPhone;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob', 'mallory', 'carol'], 30, ['alice', 'carol']);
  before = await ForeignPhone.open(ims, 'udp');
  // Another network, so another address: TS 33.203 Annex O lets nobody back out of TLS at the same one.
  there = await ForeignPhone.open(ims, 'https', '127.0.0.2');
  bob = await ForeignPhone.open(ims, 'tls');
  mallory = await ForeignPhone.open(ims, 'udp');
  for (const [phone, user] of [
    [before, 'alice'],
    [there, 'alice'],
    [bob, 'bob'],
    [mallory, 'mallory'],
  ] as const)
    expect(statusOf(await phone.register(user))).toBe('200 OK');
});

afterAll(async () => {
  for (const phone of [before, there, bob, mallory]) phone?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

const sdp = (port: number): string =>
  `v=0\r\no=- ${port} 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
const portOf = (text: string): string => /^m=audio (\d+)/m.exec(text)?.[1] ?? 'none';
const tagOf = (text: string, name: 'From' | 'To'): string =>
  /;tag=([^;>\s]+)/.exec(fieldsOf(text, name)[0]!)![1]!;
const isRequest = (method: string) => (text: string) => text.startsWith(`${method} `);

interface Invited {
  readonly callId: string;
  readonly from: string;
  readonly asked: Promise<string>;
}

/** A phone of Alice, or another, sends an INVITE. */
function invite(
  phone: ForeignPhone,
  uri: string,
  port: number,
  more: string[] = [],
  user = 'alice',
): Invited {
  const callId = randomUUID();
  const from = `<${ims.uriOf(user)}>;tag=${randomUUID()}`;
  const described = [`Contact: ${phone.contact}`, 'Content-Type: application/sdp'];
  const asked = phone.ask({
    ...{ method: 'INVITE', uri, from, to: `<${uri}>`, callId },
    more: [...described, ...more],
    body: sdp(port),
  });
  return { callId, from, asked };
}

/** Acknowledges a 200, along the route that it came. */
function acknowledge(phone: ForeignPhone, { callId, from }: Invited, ok: string, method = 'ACK'): void {
  const routes = fieldsOf(ok, 'Record-Route')
    .flatMap((value) => value.split(','))
    .reverse();
  phone.send({
    ...{ method, uri: uriIn(fieldsOf(ok, 'Contact')[0]!), from, to: fieldsOf(ok, 'To')[0]!, callId },
    cseq: method === 'ACK' ? 1 : 2,
    more: routes.map((route) => `Route: ${route.trim()}`),
  });
}

interface Talking {
  readonly invited: Invited;
  readonly ok: string;
  /** The INVITE as it reached Bob. */
  readonly arrived: string;
}

async function talking(): Promise<Talking> {
  const invited = invite(before, ims.uriOf('bob'), 1000);
  const arrived = await bob.next(isRequest('INVITE'));
  bob.answer(arrived, '200 OK', [`Contact: ${bob.contact}`, 'Content-Type: application/sdp'], sdp(9000));
  const ok = await invited.asked;
  acknowledge(before, invited, ok);
  await bob.next(isRequest('ACK'));
  return { invited, ok, arrived };
}

const replaces = ({ invited, ok }: Talking): string[] => [
  `Replaces: ${invited.callId};to-tag=${tagOf(ok, 'To')};from-tag=${tagOf(ok, 'From')}`,
  'Require: replaces',
];
const targetDialog = ({ invited, ok }: Talking): string[] => [
  `Target-Dialog: ${invited.callId};local-tag=${tagOf(ok, 'To')};remote-tag=${tagOf(ok, 'From')}`,
  'Require: tdialog',
];
const dynamicSti = ({ ok }: Talking): string => uriIn(fieldsOf(ok, 'Contact')[0]!);

it.each([
  ['Replaces to the static STI', replaces, () => staticSti],
  ['Target-Dialog to the dynamic STI', targetDialog, dynamicSti],
])('a session is transferred by %s', async (_, fields, uri) => {
  const session = await talking();
  expect(fieldsOf(session.arrived, 'Supported')).toEqual(['replaces,tdialog']);
  expect(fieldsOf(session.arrived, 'P-Asserted-Identity')).toEqual([`<${ims.uriOf('alice')}>`]);
  const moved = invite(there, uri(session), 2000, fields(session));
  // Bob sees a re-INVITE in the dialog that he has.
  const again = await bob.next(isRequest('INVITE'));
  expect(fieldsOf(again, 'Call-ID')).toEqual(fieldsOf(session.arrived, 'Call-ID'));
  expect([portOf(again), fieldsOf(again, 'Replaces')]).toEqual(['2000', []]);
  bob.answer(again, '200 OK', [`Contact: ${bob.contact}`, 'Content-Type: application/sdp'], sdp(9001));
  const ok = await moved.asked;
  expect([statusOf(ok), portOf(ok)]).toEqual(['200 OK', '9001']);
  acknowledge(there, moved, ok);
  // That of another session may come again.
  const { callId } = session.invited;
  const bye = await before.next((text) => isRequest('BYE')(text) && text.includes(callId));
  before.answer(bye, '200 OK');
  acknowledge(there, moved, ok, 'BYE');
  bob.answer(await bob.next(isRequest('BYE')), '200 OK');
});

it('a session in which the anchored user is called passes the AS', async () => {
  const invited = invite(bob, ims.uriOf('alice'), 9000, [], 'bob');
  // Alice is where she registered last.
  const arrived = await there.next(isRequest('INVITE'));
  expect(fieldsOf(arrived, 'Contact')[0]).toMatch(/^<sip:sti-/);
  there.answer(arrived, '486 Busy Here');
  expect(statusOf(await invited.asked)).toBe('486 Busy Here');
});

it('unknown sessions and those of others are not transferred', async () => {
  const session = await talking();
  const refused = (...args: Parameters<typeof invite>): Promise<string> =>
    invite(...args).asked.then(statusOf);
  const unknown = ['Target-Dialog: x;local-tag=y;remote-tag=z', 'Require: tdialog'];
  expect(await refused(there, staticSti, 2000, unknown)).toBe('480 No Such Session To Transfer');
  for (const uri of [staticSti, dynamicSti(session)])
    expect(await refused(mallory, uri, 2000, replaces(session), 'mallory')).toBe(
      "403 Another User's Session",
    );
  acknowledge(before, session.invited, session.ok, 'BYE');
  bob.answer(await bob.next(isRequest('BYE')), '200 OK');
});

/** How often the core's two processes come to know of carol, and then get a request that says nothing of who asks. */
const askedTimes = 8;

it("an INVITE without P-Asserted-Identity is nobody's, and not that of the anchored user of before", async () => {
  // The core listens to the P-CSCF's address alone.
  const socket = createSocket('udp4');
  socket.bind(0, ims.pcscfCore);
  await once(socket, 'listening');
  const contact = `<sip:nobody@${ims.pcscfCore}:${socket.address().port}>`;
  const send = (method: string, user: string): string => {
    const [callId, uri] = [randomUUID(), ims.uriOf(user)];
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${ims.pcscfCore}:${socket.address().port};branch=z9hG4bK${callId}`,
      `From: <sip:nobody@example.org>;tag=1`,
      `To: <${uri}>`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      `Contact: ${contact}`,
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    socket.send(`${lines.join('\r\n')}\r\n\r\n`, 5060, ims.coreAddress);
    return callId;
  };
  /** Resolves with the status of the final answer; that of an earlier request may come again. */
  const answerTo = (callId: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (data: Buffer): void => {
        const text = String(data);
        if (!text.includes(callId) || statusOf(text).startsWith('1')) return;
        socket.off('message', look);
        resolve(statusOf(text));
      };
      socket.on('message', look);
    });
  try {
    for (let time = 0; time < askedTimes; time++) {
      // A number that differs, since the processes may take turns.
      for (let asked = 0; asked <= time % 3; asked++)
        expect(await answerTo(send('OPTIONS', 'carol'))).toBe('480 Temporarily Unavailable');
      const callId = send('INVITE', 'bob');
      const refused = answerTo(callId);
      const arrived = await bob.next((text) => isRequest('INVITE')(text) && text.includes(callId));
      expect(fieldsOf(arrived, 'Contact')).toEqual([contact]);
      bob.answer(arrived, '486 Busy Here');
      expect(await refused).toBe('486 Busy Here');
    }
  } finally {
    socket.close();
  }
});

// This test comes last, because it ends the AS.
it('without the AS a call of an anchored user fails soon, and says why; others call as ever', async () => {
  await ims.sccAs![Symbol.asyncDispose]();
  expect(statusOf(await invite(before, ims.uriOf('bob'), 1000).asked)).toBe('504 SCC AS Does Not Answer');
  const other = invite(mallory, ims.uriOf('bob'), 1000, [], 'mallory');
  bob.answer(await bob.next(isRequest('INVITE')), '486 Busy Here');
  expect(statusOf(await other.asked)).toBe('486 Busy Here');
});
