import fc from 'fast-check';
import { fieldOf, longestMessage } from '../traced-message';
import { MessageLog } from './message-log';

const line = '-----------------------------------------------';
const request = 'MESSAGE sip:me@home SIP/2.0\r\nCall-ID: itself///1-9@host\r\nContent-Length: 5\r\n\r\nhällo';
const response = 'SIP/2.0 403 Not Here\r\ni: 1-9@host\r\n\r\n';

/** What SIPp 3.6 writes of a message that it sent, and of one that came. */
const sent = (text: string, transport = 'UDP') =>
  `${line} 2026-11-29 02:18:05.724213\n${transport} message sent (${Buffer.byteLength(text)} bytes):\n\n${text}\n`;
const received = (text: string, transport = 'UDP') =>
  `${line} 2026-11-29 02:18:05.724402\n${transport} message received [${Buffer.byteLength(text)}] bytes :\n\n${text}\n`;

const read = (...chunks: readonly Buffer[]) => {
  const log = new MessageLog();
  return chunks.flatMap((chunk) => log.push(chunk));
};

it('reads what was sent and what came, over UDP and TCP', () => {
  const messages = read(Buffer.from(sent(request) + received(response, 'TCP')));
  expect(messages).toMatchObject([
    { isSent: true, method: 'MESSAGE', body: 'hällo' },
    { isSent: false, status: { code: 403, reason: 'Not Here' }, body: '' },
  ]);
  expect(fieldOf(messages[1]!, 'call-id')).toBe('1-9@host');
});

it('reads a message as soon as its last byte has come, wherever the log is cut', () => {
  const whole = Buffer.from(sent(request));
  expect(read(whole.subarray(0, -2))).toEqual([]);
  expect(read(whole.subarray(0, -1))).toHaveLength(1);
  const log = Buffer.from(sent(request) + received(response) + sent(request, 'TCP'));
  fc.assert(
    fc.property(fc.array(fc.nat(log.length)), (cuts) => {
      const ends = [...cuts, log.length].sort((one, other) => one - other);
      const chunks = ends.map((end, index) => log.subarray(ends[index - 1] ?? 0, end));
      expect(read(...chunks).map(({ isSent }) => isSent)).toEqual([true, false, true]);
    }),
  );
});

it('passes over what else SIPp writes: its complaints, and what is no SIP', () => {
  const complaint = `${line}\nUnexpected UDP message received:\n\n${response}\n`;
  expect(read(Buffer.from(complaint + received('\r\n\r\n') + received(response) + complaint))).toHaveLength(
    1,
  );
});

it('passes over a message that is too long, and reads on', () => {
  const long = `${request}${'x'.repeat(longestMessage)}`;
  expect(read(Buffer.from(received(long) + received(response)))).toMatchObject([{ status: { code: 403 } }]);
});
