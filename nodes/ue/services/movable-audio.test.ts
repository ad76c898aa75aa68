import { FakeMedia } from '../testing/fake-media';
import { MovableAudio } from './movable-audio';

/** Audio of one network; it flows when the test says so. */
class FakeAudio extends FakeMedia {
  released = jest.fn(() => Promise.resolve());
  flows: (failure?: Error) => void = () => undefined;
  private readonly flow = new Promise<void>(
    (resolve, reject) => (this.flows = (failure) => (failure ? reject(failure) : resolve())),
  );
  flowing(): Promise<void> {
    return this.flow;
  }
}

const offer = (ufrag: string): string => `v=0\r\na=ice-ufrag:${ufrag}\r\n`;
const originOf = (sdp: string): string => /^o=(.*)\r$/m.exec(sdp)![1]!;
const nameOf = (sdp: string): string => /^s=(.*)\r$/m.exec(sdp)![1]!;

function movable() {
  const made: FakeAudio[] = [];
  const notes: string[] = [];
  const begin = (): FakeAudio => {
    made.push(new FakeAudio(`audio ${made.length + 1}`));
    return made.at(-1)!;
  };
  return { made, notes, audio: new MovableAudio(offer('one'), begin, (text) => notes.push(text)) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('gives an offer that begins ICE anew audio of its own, in the same session, and closes the former when it flows', async () => {
  const { made, audio } = movable();
  const first = await audio.answer(offer('one'));
  const again = await audio.reanswer(offer('two'));
  expect([nameOf(first), nameOf(again)]).toEqual(['audio 1', 'audio 2']);
  // RFC 3264 8: the session is the same, and its version is one higher.
  expect([originOf(first), originOf(again)]).toEqual(['- 1 1 IN IP4 192.0.2.1', '- 1 2 IN IP4 192.0.2.1']);
  await settled();
  expect(made[0]!.released).not.toHaveBeenCalled();
  made[1]!.flows();
  await settled();
  expect(made[0]!.released).toHaveBeenCalled();
  await audio.released();
  expect(made[1]!.released).toHaveBeenCalled();
});

it('hands an offer of the same ICE to the audio that is there', async () => {
  const { made, audio } = movable();
  await audio.answer(offer('one'));
  await audio.reanswer(offer('one'));
  expect(made).toHaveLength(1);
});

it('tells of audio that began anew and does not flow', async () => {
  const { made, notes, audio } = movable();
  await audio.answer(offer('one'));
  await audio.reanswer(offer('two'));
  made[1]!.flows(new Error('nothing came'));
  await settled();
  expect(notes).toEqual(['the audio that began anew: Error: nothing came']);
});
