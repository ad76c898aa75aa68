import { renderToString } from 'preact-render-to-string';
import type { PageCell, PageData } from '../data';
import { byConnect, cellPage, passedAttempt, portsClosed } from '../testing/cell-fixture';
import { CellView } from './cell-view';

const render = (cell: PageCell, attempt?: string, data: PageData = cellPage()): string =>
  renderToString(<CellView data={data} cell={cell} attempt={attempt} linkTo={(id) => `#attempt=${id}`} />);

/** What a reader reads: without tags, each piece of text on a line of its own where an element ends. */
const textOf = (html: string): string =>
  html
    .replace(/<!-- -->/g, '')
    .replace(/<\/(?:p|li|dt|dd|h\d|td|th|tr|pre|summary|span|button)>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&');

const openAttempts = (html: string): string[] =>
  [...html.matchAll(/<details [^>]*?class="attempt [^>]*? open[^>]*>.*?<\/h4>/gs)].map(([part]) =>
    textOf(part).replace(/\s+/g, ' ').trim(),
  );

it('says what was expected and observed, why, and how to measure it again', () => {
  const text = textOf(render(portsClosed));
  expect(text).toContain('expected\nstep 3 gets through\nobserved\nstep 3 got through, as expected\n');
  expect(text).toContain('firewall\n3 no SIP ports (content likely)\n');
  expect(text).toContain('after rule sip-ports had dropped steps 1 and 2.');
  expect(text).toContain('npx nimsfw run register --firewall 3 --suite aes');
});

it.each([
  ['unexpected', null, 'no step got through, which was not expected'],
  ['flaky', null, 'no step got through in every round; the rounds differ'],
  ['inconclusive', null, 'it could not be judged'],
  ['pending', null, 'not measured yet'],
] as const)('says of a cell that is %s what was observed', (outcome, traversedAt, observed) => {
  expect(textOf(render({ ...portsClosed, outcome, traversedAt }))).toContain(`observed\n${observed}\n`);
});

it('has all attempts in order, and unfolds the one that got through', () => {
  const html = render(portsClosed);
  expect([...html.matchAll(/<\/span> Step (?:<!-- -->)?(\d)/g)].map(([, step]) => step)).toEqual([
    '1',
    '2',
    '3',
  ]);
  expect(openAttempts(html)).toEqual(['✓ passed Step 3: TLS 443']);
});

it('unfolds the attempt that the address names, and nothing else', () => {
  const [first] = portsClosed.attempts;
  expect(openAttempts(render(portsClosed, first!.id))).toEqual(['✕ blocked Step 1: UDP 5060']);
});

it('unfolds what got through on the network that a call moves to, not the call before', () => {
  const before = { ...passedAttempt, id: '0/1-udp:5060', step: 1, rung: 'UDP 5060' };
  const html = render({ ...portsClosed, attempts: [before, ...portsClosed.attempts] });
  expect(openAttempts(html)).toEqual(['✓ passed Step 3: TLS 443']);
});

it('unfolds what was not as expected', () => {
  const attempts = portsClosed.attempts.map((one) => ({
    ...one,
    expected: one.step === 2 ? ('passed' as const) : one.expected,
  }));
  const html = render({ ...portsClosed, attempts });
  expect(openAttempts(html)).toEqual(['✕ blocked Step 2: UDP 5060']);
  expect(textOf(html)).toContain('passed was expected, 32 s');
});

it('shows a denied packet with the rule, its words, its nftables text, and where it was captured', () => {
  const text = textOf(render(portsClosed, portsClosed.attempts[0]!.id)).replace(/\s+/g, ' ');
  expect(text).toContain(
    'SIP REGISTER, UDP 10.89.3.2:32771 to 198.19.0.10:5060, dropped at fw-3 by sip-ports 0.5 ms after the beginning, 7 packets (captures/3-denied.pcap, frame 19).',
  );
  expect(text).toContain(
    'Rule sip-ports: the SIP ports 5060 and 5061. udp dport { 5060, 5061 } goto deny-sip-ports',
  );
  expect(text).toContain('The packet, decoded REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0');
});

it('says that a rule is not in the run', () => {
  const data = { ...cellPage(), firewalls: [] };
  expect(textOf(render(portsClosed, portsClosed.attempts[0]!.id, data))).toContain(
    'Rule sip-ports: the run does not have its words.',
  );
});

it('shows TLS, measurements with their definition, evidence and captures', () => {
  const text = textOf(render(byConnect)).replace(/\s+/g, ' ');
  expect(text).toContain('by CONNECT TLSv1.2 TLS_RSA_WITH_AES_128_CBC_SHA ended 0');
  expect(text).toContain(
    "tls-setup-full 9.1 ms from the ClientHello until the server's last handshake message; by packets",
  );
  expect(text).toContain('The proxy served 1 CONNECT for 1 TCP connection.');
  expect(render(byConnect)).toContain('<a href="./captures/8-ue-side.pcap" download>UE side</a>');
});

it('says that a capture is not there, and makes no link', () => {
  const text = textOf(render(portsClosed, portsClosed.attempts[0]!.id));
  expect(text).toContain('denied: captures/3-denied.pcap was not there when this page was made');
});

it('says the way in words, and the node where it ended', () => {
  expect(render(portsClosed, portsClosed.attempts[0]!.id)).toContain(
    'aria-label="Path: ue-3, fw-3, pcscf, ims-core. It ended at fw-3 by rule sip-ports."',
  );
  const attempts = [{ ...passedAttempt, verdict: 'failed' as const, endedAt: undefined }];
  expect(render({ ...byConnect, attempts })).toContain('Nothing shows where it ended.');
});

it('tells what changed since another run, and that a deviation is known', () => {
  const data = cellPage({
    comparison: {
      baseline: 'runs/before',
      changes: [
        { cell: portsClosed.id, kind: 'worse', text: 'step 2 was enough' },
        { cell: 'other', kind: 'worse', text: 'not here' },
      ],
    },
  });
  const text = textOf(render({ ...portsClosed, known: 'the box has a bug' }, undefined, data));
  expect(text).toContain('A known deviation: the box has a bug\n');
  expect(text).toContain('Compared with runs/before: step 2 was enough\n');
  expect(text).not.toContain('not here');
});

it('shows hostile texts as text, and links to nothing but files beside the page', () => {
  const bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
  const hostile = JSON.parse(
    JSON.stringify({ ...byConnect, attempts: [...byConnect.attempts, portsClosed.attempts[0]!] }),
    (key, value: unknown) =>
      typeof value === 'string' && !['id', 'kind', 'verdict', 'expected', 'outcome'].includes(key)
        ? bad
        : value,
  ) as PageCell;
  const captures = ['javascript:alert(1)', '//evil.example/x', 'a b/../../c?d#e'].map((path) => ({
    title: bad,
    path,
    isThere: true,
  }));
  const attempts = hostile.attempts.map((one) => ({ ...one, captures }));
  const html = render({ ...hostile, attempts }, attempts[1]!.id);
  expect(html).not.toMatch(/<script|<img|\sstyle=/);
  expect([...html.matchAll(/<a href="([^"#]*)"/g)].map(([, href]) => href)).toEqual([
    './javascript%3Aalert(1)',
    './evil.example/x',
    './a%20b/../../c%3Fd%23e',
  ]);
});

it('says that nothing has been tried yet', () => {
  expect(textOf(render({ ...portsClosed, attempts: [] }))).toContain('Nothing has been tried yet.');
});
