import { headerOf, allHeadersOf } from '../ue/sip/sip-text';
import type { Leg } from './leg';
import { staticSti } from './sti';
import { FakeCore } from './testing/fake-core';
import type { FakePhone } from './testing/fake-core';

const [alice, bob, mallory] = ['sip:alice@ims.example', 'sip:bob@ims.example', 'sip:mallory@ims.example'];

/** A description; its name is at its port, so that one can tell whose it is. */
const sdp = (port: number, id = port): string =>
  `v=0\r\no=- ${id} 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
const portOf = (text = ''): string => /^m=audio (\d+)/m.exec(text)?.[1] ?? 'none';
const originOf = (text = ''): string => /^o=(.*)\r$/m.exec(text)?.[1] ?? 'none';

let core: FakeCore;
let old: FakePhone;
let peer: FakePhone;

beforeEach(() => {
  core = new FakeCore([alice]);
  old = core.phone(alice, '10.0.0.1');
  peer = core.phone(bob, '10.0.0.9');
});
afterEach(() => core[Symbol.dispose]());

interface Standing {
  readonly leg: Leg;
  readonly answer: string;
  /** The leg of the peer, who answers each later offer with its port plus 1. */
  readonly remote: Leg;
}

/** Alice calls Bob from the old network. */
async function talking(): Promise<Standing> {
  const calling = old.call(bob, sdp(1000));
  const invitation = await peer.rings();
  const [{ leg, answer }, remote] = await Promise.all([calling, invitation.answer(sdp(9000))]);
  remote.onOffer = (offer) => Promise.resolve(sdp(Number(portOf(offer)) + 1, 9000));
  return { leg, answer, remote };
}

/** How the UE names the source leg: the AS's view of it is the other way round. */
const replaces = ({ dialog: { callId, localTag, remoteTag } }: Leg): string[] => [
  `Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`,
  'Require: replaces',
];
const targetDialog = ({ dialog: { callId, localTag, remoteTag } }: Leg): string[] => [
  `Target-Dialog: ${callId};local-tag=${remoteTag};remote-tag=${localTag}`,
  'Require: tdialog',
];
/** The dynamic STI, which the AS gave the phone as its Contact. */
const dynamicSti = ({ heard }: FakePhone): string =>
  /<(.+)>/.exec(
    allHeadersOf(
      heard.find((text) => text.startsWith('SIP/2.0 200'))!,
      'Contact',
    )[0]!,
  )![1]!;

it('anchors a session: both ends have the AS for the other one, and the descriptions of each other', async () => {
  const { answer } = await talking();
  expect(portOf(answer)).toBe('9000');
  const invite = peer.heard.find((text) => text.startsWith('INVITE '))!;
  expect(portOf(invite)).toBe('1000');
  expect(invite.split('\r\n', 1)).toEqual([`INVITE ${bob} SIP/2.0`]);
  expect(headerOf(invite, 'From')).toMatch(`<${alice}>;tag=`);
  expect(allHeadersOf(invite, 'P-Asserted-Identity')).toEqual([`<${alice}>`]);
  expect(allHeadersOf(invite, 'Contact')[0]).toMatch(/^<sip:sti-[0-9a-f]{16}@198\.18\.0\.30:5060>$/);
  expect(allHeadersOf(invite, 'Route')).toEqual(['<sip:orig@198.18.0.20:5060;lr>']);
  expect(allHeadersOf(invite, 'Max-Forwards')).toEqual(['69']);
  expect(core.server.size).toBe(1);
});

it.each([
  ['Replaces and the static STI', replaces, () => staticSti],
  ['Target-Dialog and the static STI', targetDialog, () => staticSti],
  ['Target-Dialog and the dynamic STI', targetDialog, dynamicSti],
  ['Replaces and the other party', replaces, () => bob],
  ['the dynamic STI alone', () => [], dynamicSti],
])('transfers a session named by %s', async (_, fields, uri) => {
  const { leg, remote } = await talking();
  const there = core.phone(alice, '10.0.0.2');
  const { leg: arrived, answer } = await there.call(uri(old), sdp(2000), { fields: fields(leg) });
  // The remote end was offered the new description, in the same session (RFC 3264 8), and needs no Replaces.
  const [first, again] = peer.heard.filter((text) => text.startsWith('INVITE '));
  expect([portOf(again), originOf(again)]).toEqual(['2000', '- 1000 2 IN IP4 192.0.2.1']);
  expect(headerOf(again!, 'Call-ID')).toBe(headerOf(first!, 'Call-ID'));
  expect(portOf(answer)).toBe('2001');
  // The source leg is released by the AS.
  expect(await leg.ended).toBe('them');
  expect(core.server.size).toBe(1);
  arrived.hangUp();
  expect(await remote.ended).toBe('them');
  expect(core.server.size).toBe(0);
});

it('transfers a session twice, by the STI that it had first', async () => {
  const { leg } = await talking();
  const sti = dynamicSti(old);
  const [second, third] = [core.phone(alice, '10.0.0.2'), core.phone(alice, '10.0.0.3')];
  const there = await second.call(sti, sdp(2000), { fields: targetDialog(leg) });
  expect(dynamicSti(second)).toBe(sti);
  const { answer } = await third.call(sti, sdp(3000), { fields: replaces(there.leg) });
  expect(portOf(answer)).toBe('3001');
  expect(await there.leg.ended).toBe('them');
});

it('transfers a session whose old network is gone', async () => {
  const { leg } = await talking();
  old.gone = true;
  const there = core.phone(alice, '10.0.0.2');
  const { answer } = await there.call(staticSti, sdp(2000), { fields: targetDialog(leg) });
  expect(portOf(answer)).toBe('2001');
});

it('keeps the remote leg when the access leg fails, until the UE is there again', async () => {
  const { leg, remote } = await talking();
  old.gone = true;
  // The remote end changes something, and the AS finds that nobody is there (RFC 3261 12.2.1.2).
  await expect(remote.update(sdp(9002, 9000))).rejects.toThrow(/^488 /);
  const there = core.phone(alice, '10.0.0.2');
  const { answer } = await there.call(staticSti, sdp(2000), { fields: targetDialog(leg) });
  expect(portOf(answer)).toBe('2001');
});

it('transfers a session in which the served user was called', async () => {
  const calling = peer.call(alice, sdp(9000));
  const ringing = await old.rings();
  const [{ answer }, leg] = await Promise.all([calling, ringing.answer(sdp(1000))]);
  expect(portOf(answer)).toBe('1000');
  const there = core.phone(alice, '10.0.0.2');
  const moved = there.call(staticSti, sdp(2000), { fields: replaces(leg) });
  expect(portOf((await calling).answer)).toBe('1000');
  (await calling).leg.onOffer = (offer) => Promise.resolve(sdp(Number(portOf(offer)) + 1, 9000));
  expect(portOf((await moved).answer)).toBe('2001');
});

it('hands later offers on, each way', async () => {
  const { leg, remote } = await talking();
  expect(portOf(await leg.update(sdp(1500, 1000)))).toBe('1501');
  leg.onOffer = () => Promise.resolve(sdp(1600, 1000));
  expect(portOf(await remote.update(sdp(9100, 9000)))).toBe('1600');
});

describe('refuses', () => {
  const by = (phone: FakePhone, uri: string, fields: readonly string[]): Promise<unknown> =>
    phone.call(uri, sdp(2000), { fields });

  it.each([
    ['Replaces', ['Replaces: x;to-tag=y;from-tag=z', 'Require: replaces']],
    ['Target-Dialog', ['Target-Dialog: x;local-tag=y;remote-tag=z', 'Require: tdialog']],
    ['no field', []],
  ])('to transfer what it does not know, by %s', async (_, fields) => {
    await talking();
    await expect(by(old, staticSti, fields)).rejects.toThrow('480 No Such Session To Transfer');
    expect(core.server.size).toBe(1);
  });

  it('a dynamic STI of no session, or of another than the dialog that is named', async () => {
    const { leg } = await talking();
    const sti = dynamicSti(old).replace(/sti-./, (text) => (text === 'sti-0' ? 'sti-1' : 'sti-0'));
    await expect(by(old, sti, [])).rejects.toThrow('480 No Such Session To Transfer');
    await expect(by(old, sti, replaces(leg))).rejects.toThrow('480 No Such Session To Transfer');
  });

  it.each([
    ['Replaces', replaces],
    ['the dynamic STI', () => []],
  ])("to transfer somebody else's session, named by %s", async (_, fields) => {
    const { leg, remote } = await talking();
    const other = core.phone(mallory, '10.0.0.6');
    await expect(by(other, dynamicSti(old), fields(leg))).rejects.toThrow("403 Another User's Session");
    expect(peer.lines.filter((line) => line.startsWith('INVITE '))).toHaveLength(1);
    leg.hangUp();
    expect(await remote.ended).toBe('them');
  });

  it('to transfer a session that is not established yet', async () => {
    const calling = old.call(bob, sdp(1000));
    calling.catch(() => undefined);
    const invitation = await peer.rings();
    const ringing = old.heard.find((text) => text.startsWith('SIP/2.0 180'))!;
    const tag = (name: 'From' | 'To'): string => /tag=(\S+)/.exec(headerOf(ringing, name)!)![1]!;
    const early = `Replaces: ${headerOf(ringing, 'Call-ID')};to-tag=${tag('To')};from-tag=${tag('From')}`;
    const there = core.phone(alice, '10.0.0.2');
    await expect(by(there, staticSti, [early])).rejects.toThrow('480 Session Not Established Yet');
    await invitation.answer(sdp(9000));
    await calling;
  });

  it('a field that names no dialog', async () => {
    await talking();
    await expect(by(old, staticSti, ['Target-Dialog: x;local-tag=y'])).rejects.toThrow(
      '400 Source Access Leg Cannot Be Read',
    );
  });

  it('what the remote end refuses, and the session goes on as it was', async () => {
    const { leg, remote } = await talking();
    remote.onOffer = () => Promise.reject(new Error('no'));
    const there = core.phone(alice, '10.0.0.2');
    await expect(by(there, staticSti, replaces(leg))).rejects.toThrow(/^488 /);
    remote.onOffer = () => Promise.resolve(sdp(9500, 9000));
    expect(portOf(await leg.update(sdp(1500, 1000)))).toBe('9500');
  });
});

it('passes on that the remote end refuses a call', async () => {
  const calling = old.call(bob, sdp(1000));
  const invitation = await peer.rings();
  invitation.refuse({ code: 486, phrase: 'Busy Here' });
  await expect(calling).rejects.toThrow('486 Busy Here');
  expect(core.server.size).toBe(0);
});

it('passes on that the caller gives up', async () => {
  let giveUp: () => void = () => undefined;
  const calling = old.call(bob, sdp(1000), { cancelled: new Promise((resolve) => (giveUp = resolve)) });
  const invitation = await peer.rings();
  giveUp();
  await expect(calling).rejects.toThrow('487 Request Terminated');
  await invitation.cancelled;
  expect(core.server.size).toBe(0);
});

it.each([
  ['the caller', ({ leg }: Standing) => leg, ({ remote }: Standing) => remote],
  ['the called one', ({ remote }: Standing) => remote, ({ leg }: Standing) => leg],
])('ends both legs when %s hangs up', async (_, one, other) => {
  const standing = await talking();
  one(standing).hangUp();
  expect(await other(standing).ended).toBe('them');
  expect(core.server.size).toBe(0);
});
