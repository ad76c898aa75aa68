import fc from 'fast-check';
import { fieldOf, longestMessage, type TracedMessage } from '../traced-message';
import { SipTrace } from './sip-trace';

const server = { ip: '198.19.0.10', port: 5060 };
const colour = '\x1b[36;1m';
const plain = '\x1b[;m';

function messagesIn(lines: readonly string[]): TracedMessage[] {
  const trace = new SipTrace(server);
  return lines.flatMap((line) => trace.take(line) ?? []);
}

const request = [
  `${colour}#`,
  'UDP 10.89.0.2:54364 -> 198.19.0.10:5060',
  'MESSAGE sip:peer@home SIP/2.0\r',
  'Via: SIP/2.0/UDP 10.89.0.2:54364;branch=z9hG4bKa;rport\r',
  'Call-ID: abc\r',
  '\r',
  `hello${plain}`,
];
const response = [
  `${colour}#`,
  'UDP 198.19.0.10:5060 -> 10.89.0.2:54364',
  'SIP/2.0 403 Not Here\r',
  'i: abc\r',
  '\r',
  plain,
];

it('reads requests and responses among the other lines that baresip prints', () => {
  const read = messagesIn(['baresip is ready.', ...request, 'ua: 200 OK', ...response, plain]);
  expect(read).toEqual([
    {
      isSent: true,
      method: 'MESSAGE',
      fields: [
        { name: 'Via', value: 'SIP/2.0/UDP 10.89.0.2:54364;branch=z9hG4bKa;rport' },
        { name: 'Call-ID', value: 'abc' },
      ],
      body: 'hello',
    },
    {
      isSent: false,
      status: { code: 403, reason: 'Not Here' },
      fields: [{ name: 'Call-ID', value: 'abc' }],
      body: '',
    },
  ]);
  expect(read.map((message) => fieldOf(message, 'call-id'))).toEqual(['abc', 'abc']);
});

it('a message whose end does not come is left out when the next one begins', () => {
  expect(messagesIn([...request.slice(0, 4), ...response])).toMatchObject([{ status: { code: 403 } }]);
});

it('a message that is too long is passed over, and those after it are read', () => {
  const long = [...request.slice(0, -1), 'x'.repeat(longestMessage), `end${plain}`];
  expect(messagesIn([...long, ...response])).toMatchObject([{ status: { code: 403 } }]);
});

it('never throws, whatever is printed', () => {
  const line = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...request, ...response));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const { method, status } of messagesIn(lines))
        expect(method === undefined).toBe(status !== undefined);
    }),
  );
});
