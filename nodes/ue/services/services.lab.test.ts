import type { Access } from '../dialler/dialler';
import { toPcscf } from '../../../ladder/testing/rungs';
import { LocalPorts } from '../dialler/local-ports';
import { MsrpMedia } from '../msrp/msrp-media';
import type { AttemptReport, Service, ServiceRequest } from '../protocol';
import type { IncomingCall } from '../sip/incoming-call';
import type { SessionMedia } from '../session';
import { UserAgent } from '../sip/user-agent';
import type { IncomingMessage } from '../sip/user-agent';
import { FakeMedia } from '../testing/fake-media';
import { TestIms } from '../testing/ims';
import { rfcTimers, type UeTimers } from '../timers';
import { Ue } from '../ue';
import { newAudio } from './audio';
import { OtherEnd } from './other-end';

/**
 * The services of a UE at the lab's P-CSCF and IMS core, with peers that misbehave. Each of them ends the attempt
 * with the reason, and the UE goes on. The tests of the scenarios run the services with a peer that behaves.
 */

let ims: TestIms;

beforeAll(async () => {
  ims = await TestIms.start(['ue', 'peer', 'nobody']);
});

afterEach(() => {
  for (const other of others.splice(0)) other.close();
  ims.hangUpAll();
});
afterAll(() => ims?.[Symbol.asyncDispose]());

/** Media go from host to host in step 1: no TURN server is needed. */
const rung = { ...toPcscf(1, 'udp:5060'), suite: 'aes' } as const;

const base = 23_000 + (process.pid % 100) * 100;
let serial = 0;

/** Makes the UE. @param reachable called when the UE waits for the peer's call */
function newUe(timers: Partial<UeTimers> = {}, reachable = (): void => undefined): Ue {
  const config = { ...ims.configOf('ue'), firstPort: base, peerIdentity: ims.uriOf('peer') };
  const listener = {
    flow: () => undefined,
    identifier: () => undefined,
    keylog: () => undefined,
    espSa: () => undefined,
    note: () => undefined,
    reachable,
  };
  return new Ue(config, listener, { ...rfcTimers, ...timers });
}

function serve(ue: Ue, service: Service, more: Partial<ServiceRequest> = {}): Promise<AttemptReport> {
  return ue.serve(service, { attempt: `a${++serial}`, ...rung, mediaMs: 100, ...more });
}

/** Registers a peer that the test controls. */
async function peer(does: {
  call?(call: IncomingCall): void;
  message?(message: IncomingMessage): void;
}): Promise<UserAgent> {
  const { channel, owner } = await ims.dial(toPcscf(2, 'udp:5060'));
  const agent = new UserAgent(channel, ims.configOf('peer').subscriber, rfcTimers, owner);
  agent.on({ call: (call) => does.call?.(call), message: (message) => does.message?.(message) });
  await agent.register();
  return agent;
}

const others: OtherEnd[] = [];

/** The lab's own other end, as `peer`; it has registered. */
async function attended(): Promise<OtherEnd> {
  const other = new OtherEnd(ims.configOf('peer'), accessFrom(base + 50), rfcTimers, () => undefined);
  others.push(other);
  await other.attend();
  return other;
}

function accessFrom(port: number): Access {
  const { address, trustAnchor } = ims.configOf('peer');
  return { address, ports: new LocalPorts(port), trustAnchor, timers: rfcTimers };
}

/** Returns everything that the media of a peer need. They end with the test. */
async function peerSurroundings() {
  const { owner } = await ims.dial(toPcscf(2, 'udp:5060'));
  return { config: ims.configOf('peer'), access: accessFrom(base + 70), timers: rfcTimers, attempt: owner };
}

/** Makes media over which nothing can flow: the password in the answer is a wrong one, so ICE finds no pair. */
function unheard(media: SessionMedia): SessionMedia {
  const answer = async (offer: string): Promise<string> =>
    (await media.answer(offer)).replace(/^a=ice-pwd:.*$/m, `a=ice-pwd:${'x'.repeat(22)}`);
  return {
    answer,
    offer: () => media.offer(),
    accept: (sdp) => media.accept(sdp),
    close: () => media.close(),
  };
}

const failed = (code: string, text: string | RegExp): object => ({
  end: 'failed',
  failure: { code, text: typeof text === 'string' ? text : (expect.stringMatching(text) as string) },
});

describe('a peer that', () => {
  it.each([
    ['is busy', 486, 'Busy Here'],
    ['cannot take such a session', 488, 'Not Acceptable Here'],
  ])('%s: %i is the reason of call and msrp', async (_what, status, phrase) => {
    await peer({ call: (call) => call.refuse(status) });
    const ue = newUe();
    for (const service of ['call', 'msrp'] as const) {
      expect(await serve(ue, service)).toMatchObject(
        failed('SIP_REFUSED', `INVITE was answered with ${status} ${phrase}`),
      );
    }
  });

  it('lets it ring for ever is given up', async () => {
    let cancelled: Promise<void> | undefined;
    await peer({
      call: (call) => {
        cancelled = call.cancelled;
      },
    });
    expect(await serve(newUe({ sipAnswer: 300 }), 'call')).toMatchObject(
      failed('NO_ANSWER', 'nobody answered within 0.3 s'),
    );
    await cancelled;
  });

  it('has not registered cannot be called or written to', async () => {
    // The peer deregisters, so that nobody is registered as it any more.
    const gone = await peer({});
    await gone.deregister();
    const ue = newUe();
    expect(await serve(ue, 'call')).toMatchObject(
      failed('SIP_REFUSED', 'INVITE was answered with 480 Temporarily Unavailable'),
    );
    expect(await serve(ue, 'message')).toMatchObject(
      failed('SIP_REFUSED', 'MESSAGE was answered with 480 Temporarily Unavailable'),
    );
  });

  it('answers with what is no session of ours', async () => {
    const described =
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n';
    const other = (): SessionMedia =>
      Object.assign(new FakeMedia('other'), { answer: () => Promise.resolve(described) });
    await peer({ call: (call) => void call.answer(other()).catch(() => undefined) });
    const ue = newUe();
    expect(await serve(ue, 'call')).toMatchObject({ end: 'failed', failure: { code: 'NOT_ACCEPTABLE' } });
    expect(await serve(ue, 'msrp')).toMatchObject({ end: 'failed', failure: { code: 'NOT_ACCEPTABLE' } });
  });

  it.each(['call', 'leave'] as const)('hangs up before media flow: %s', async (service) => {
    await peer({
      call: (call) =>
        void peerSurroundings()
          .then((around) => call.answer(unheard(newAudio({ ...around, request: rung }, undefined))))
          .then((standing) => standing.hangUp()),
    });
    expect(await serve(newUe(), service)).toMatchObject(
      failed('HUNG_UP', 'the call ended too early: the other end hung up'),
    );
  });

  it('hangs up in the middle of the talk', async () => {
    await peer({
      call: (call) =>
        void peerSurroundings().then(async (around) => {
          const audio = newAudio({ ...around, request: rung }, undefined);
          const standing = await call.answer(audio);
          await audio.flowing();
          await standing.hangUp();
        }),
    });
    expect(await serve(newUe(), 'call', { mediaMs: 60_000 })).toMatchObject(
      failed('HUNG_UP', 'the call ended too early: the other end hung up'),
    );
  });

  it('hangs up in an MSRP session', async () => {
    await peer({
      call: (call) =>
        void peerSurroundings().then(async (around) => {
          const msrp = new MsrpMedia({ ...around, role: 'passive' });
          // The MSRP connection is not closed with the call, so that the UE sees only the BYE.
          const media = new FakeMedia('msrp');
          media.answer = (offer) => msrp.answer(offer);
          const standing = await call.answer(media);
          await msrp.open();
          await standing.hangUp();
        }),
    });
    expect(await serve(newUe(), 'msrp')).toMatchObject(
      failed('HUNG_UP', 'the call ended too early: the other end hung up'),
    );
  });

  it('takes a message and sends none back', async () => {
    await peer({});
    expect(await serve(newUe({ sipT1: 60 }), 'message')).toMatchObject(
      failed('TIMEOUT', 'the peer took the message, but the one that it sends back did not come'),
    );
  });

  it('sends another message back', async () => {
    let sent: Promise<void> | undefined;
    const agent = await peer({
      message: ({ from }) => {
        sent = agent.message(from, 're: something else');
      },
    });
    expect(await serve(newUe(), 'message')).toMatchObject(
      failed('CONTENT_WRONG', 'another message came than was sent: re: something else'),
    );
    await sent;
  });

  it('never calls back', async () => {
    await attended();
    let reachable = 0;
    const report = await serve(
      newUe({ incomingCall: 300 }, () => reachable++),
      'call',
    );
    expect(report).toMatchObject(failed('TIMEOUT', "the peer's call did not arrive within 0.3 s"));
    expect(reachable).toBe(1);
    // The report also has the measurements of the call that went well before.
    expect(report.spans?.map(({ name }) => name)).toContain('outgoing-time-to-media');
  });
});

it('the UE that met them serves on: a call each way, a message and an MSRP session', async () => {
  const refusing = await peer({ call: (call) => call.refuse(486) });
  const called: Promise<unknown>[] = [];
  const ue = newUe({}, () => called.push(others[0]!.invite({ to: ims.uriOf('ue'), answerWithinMs: 5000 })));
  expect(await serve(ue, 'call')).toMatchObject({ end: 'failed' });
  await refusing.deregister();
  await attended();
  for (const service of ['call', 'message', 'msrp'] as const) {
    expect(await serve(ue, service, { bytes: 100_000 })).toMatchObject({ end: 'passed' });
  }
  expect(await Promise.all(called)).toEqual([{ answered: true }]);
});
