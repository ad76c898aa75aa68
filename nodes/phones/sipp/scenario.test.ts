import fc from 'fast-check';
import { toPcscf } from '../../../ladder/testing/rungs';
import { asItIs, outOfCall, scenario, type ScenarioSetting } from './scenario';

const setting = (over: Partial<ScenarioSetting> = {}): ScenarioSetting => ({
  subscriber: { domain: 'home', impi: 'me@home', impu: 'sip:me@home', password: 'secret' },
  rung: toPcscf(2, 'udp:5060'),
  local: { ip: '10.0.0.2', port: 4000 },
  pcscf: { ip: '198.19.0.10', port: 5060 },
  t1: 500,
  toItself: 'reach me',
  ...over,
});
const inTls = { rung: toPcscf(3, 'tls:443'), pcscf: { ip: '198.19.0.10', port: 443 } };
const toPeer = { peer: 'sip:peer@home', text: 'hello' };

/** The messages that a scenario sends, each with the attributes of its element. */
const sent = (xml: string): { attributes: string; lines: string[] }[] =>
  [...xml.matchAll(/<send([^>]*)><!\[CDATA\[\n(.*?)\]\]><\/send>/gs)].map(([, attributes, text]) => ({
    attributes: attributes!.trim(),
    lines: text!.split('\n'),
  }));

it('registers, writes to itself and answers that, and takes leave', () => {
  expect(sent(scenario(setting())).map(({ lines }) => lines[0])).toEqual([
    'REGISTER sip:home SIP/2.0',
    'REGISTER sip:home SIP/2.0',
    'MESSAGE sip:me@home SIP/2.0',
    'SIP/2.0 200 OK',
    'REGISTER sip:home SIP/2.0',
  ]);
});

it('writes the request that registers', () => {
  const [, second] = sent(scenario(setting()));
  expect(second!.lines).toEqual([
    'REGISTER sip:home SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.2:4000;branch=[branch];rport',
    'Max-Forwards: 70',
    'From: <sip:me@home>;tag=registration[pid]',
    'To: <sip:me@home>',
    'Call-ID: registration///[call_id]',
    'CSeq: 2 REGISTER',
    expect.stringMatching(
      /^Contact: <sip:me@10\.0\.0\.2:4000;transport=udp>;\+sip\.instance="<urn:uuid:[0-9a-f-]{36}>";reg-id=1$/,
    ),
    'Supported: path, outbound',
    'Expires: 600000',
    '[authentication username=me@home password=secret]',
    'Content-Length: 0',
    '',
    '',
  ]);
});

it('in step 1 asks for no flow', () => {
  const xml = scenario(setting({ rung: toPcscf(1, 'udp:5060') }));
  expect(xml).toContain('Contact: <sip:me@10.0.0.2:4000;transport=udp>\n');
  expect(xml).not.toMatch(/outbound|reg-id/);
});

it('over UDP repeats each request, and its message to itself in a way that lets it answer', () => {
  const xml = scenario(setting({ toPeer }));
  const repeated = sent(xml).filter(({ attributes }) => attributes === 'retrans="500"');
  expect(repeated.map(({ lines }) => lines[0]!.split(' ')[0])).toEqual([
    ...['REGISTER', 'REGISTER', 'MESSAGE', 'REGISTER'],
  ]);
  expect(repeated[2]!.lines[0]).toBe('MESSAGE sip:peer@home SIP/2.0');
  expect(xml).toContain('<recv request="MESSAGE" timeout="500" ontimeout="itself">');
});

it('on a connection repeats nothing, and names TLS, which is what the network sees', () => {
  const xml = scenario(setting(inTls));
  expect(xml).not.toMatch(/retrans|timeout/);
  for (const { lines } of sent(xml))
    if (!lines[0]!.startsWith('SIP/2.0')) expect(lines[1]).toMatch(/^Via: SIP\/2\.0\/TLS 10\.0\.0\.2:4000;/);
  expect(xml).toContain('Route: <sip:198.19.0.10:443;transport=tls;lr>,[$route]\n');
});

it('writes to the peer, and goes on when a message has come back out of every call', () => {
  const xml = scenario(setting({ toPeer }));
  expect(sent(xml).map(({ lines }) => lines[0])).toContain('MESSAGE sip:peer@home SIP/2.0');
  expect(xml).toMatch(/<label id="waiting"\/>\n<nop condexec="back" next="leaving"\/>/);
  expect(outOfCall()).toContain('assign_to="back"');
  expect(scenario(setting())).not.toContain('waiting');
});

it('takes no text for a keyword of SIPp, and none for the end of what XML quotes', () => {
  const xml = scenario(
    setting({ toPeer: { peer: 'sip:peer@home', text: 'a [call_id] ]]> \\x41 <b>&amp;' } }),
  );
  expect(
    sent(xml)
      .find(({ lines }) => lines[0]!.startsWith('MESSAGE sip:peer'))!
      .lines.at(-1),
  ).toBe('a \\x5bcall_id\\x5d \\x5d\\x5d> \\x5cx41 <b>&amp;');
  fc.assert(
    fc.property(fc.string(), (text) => {
      const written = asItIs(text);
      expect(written).not.toMatch(/[[\]]/);
      const read = written.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      expect(read).toBe(text);
    }),
  );
});
