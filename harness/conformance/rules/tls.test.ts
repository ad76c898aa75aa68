import { handshake, judged } from '../testing/messages';

it('a ClientHello offers a suite that encrypts', () => {
  expect(judged('non-null-suite-offered', { handshake: [handshake({ offered: [0x0002, 0x002f] })] })).toEqual(
    [1],
  );
  expect(judged('non-null-suite-offered', { handshake: [handshake({ offered: [0x0002, 0x00ff] })] })).toEqual(
    [0, 'only 0x0002, 0x00ff offered'],
  );
});
