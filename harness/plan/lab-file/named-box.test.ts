import { builtInBoxes } from '../../../nodes';
import { failureLine } from '../../lab/lab-error';
import { namedBox } from './named-box';

const on = (backend: string) => ({ backend, folder: '/home/me' });

function refusal(text: string, backend: string): string {
  try {
    namedBox('turn', text, on(backend));
  } catch (error) {
    return failureLine(error);
  }
  return 'it is taken';
}

test('a name is that of a choice', () => {
  expect(namedBox('turn', 'coturn', on('netns'))).toBe(builtInBoxes.of('turn'));
});

test.each(['./turn', '../turn', '/opt/turn', 'turn --port 3478'])('%s is a command', (command) => {
  expect(namedBox('turn', command, on('docker')).outside).toEqual({
    ...{ from: 'command', command, folder: '/home/me' },
  });
});

test.each([
  'vendor/turn',
  'vendor',
  'registry.example:5000/vendor/turn:1.2',
  `vendor@sha256:${'0'.repeat(64)}`,
])('%s is a container image on docker', (reference) => {
  expect(namedBox('turn', reference, on('docker')).outside).toEqual({ from: 'image', reference });
});

test('what is nothing of these is refused, and a slip is not taken for an image', () => {
  expect(refusal('vendor/turn:1', 'netns')).toBe(
    'nimsfw: vendor/turn:1 at turn is a container image; add --backend docker, or name a command by its path [IMAGE_NEEDS_DOCKER]',
  );
  for (const backend of ['netns', 'docker'])
    expect(refusal('coturm', backend)).toMatch(
      /^nimsfw: there is no box "coturm" for turn; did you mean coturn\? Take one of coturn[^\n]*, or a command with its path, or with --backend docker a container image \[UNKNOWN_BOX\]$/,
    );
  expect(refusal('Vendor/TURN', 'docker')).toMatch(/UNKNOWN_BOX/);
});
