import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ForeignPhone, fieldsOf, statusOf, uriIn } from '../ue/testing/foreign-phone';
import type { ForeignWay } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';

/** What the P-CSCF tells the core, and takes from it (TS 24.229 5.2). The core is the test. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const aliceUri = `sip:alice@${domain}`;

let ims: TestIms;
let core: FakeCore;

beforeAll(async () => {
  ims = await TestIms.start(['alice'], 30, [], false);
  core = await FakeCore.open(ims);
});

afterAll(async () => {
  core?.close();
  await ims?.[Symbol.asyncDispose]();
});

/** Takes each request, and answers with the status and header fields that the test has set. */
class FakeCore {
  readonly requests: string[] = [];
  answerWith: (request: string) => readonly [string, ...string[]] = () => ['200 OK'];

  private constructor(
    private readonly socket: Socket,
    private readonly ims: TestIms,
  ) {
    socket.on('message', (data, from) => {
      const request = data.toString();
      if (!/^[A-Z]+ sip/i.test(request)) return;
      this.requests.push(request);
      const repeated = request
        .split('\r\n\r\n')[0]!
        .split('\r\n')
        .filter((line) => /^(?:via|from|to|call-id|cseq|record-route):/i.test(line))
        .map((line) => (/^to:/i.test(line) && !line.includes(';tag=') ? `${line};tag=core` : line));
      const [status, ...more] = this.answerWith(request);
      const lines = [`SIP/2.0 ${status}`, ...repeated, ...more, 'Content-Length: 0', '', ''];
      socket.send(lines.join('\r\n'), from.port, from.address);
    });
  }

  static async open(ims: TestIms): Promise<FakeCore> {
    const socket = createSocket('udp4');
    socket.bind(5060, ims.coreAddress);
    await once(socket, 'listening');
    return new FakeCore(socket, ims);
  }

  /** Sends a MESSAGE to a UE by the Path of its registration. It resolves with the final response. */
  async tell(path: string, contact: string): Promise<string> {
    const { coreAddress, pcscfCore } = this.ims;
    const request = [
      `MESSAGE ${contact} SIP/2.0`,
      `Via: SIP/2.0/UDP ${coreAddress};branch=z9hG4bK${randomUUID()}`,
      `Route: ${path}`,
      `From: <sip:bob@${domain}>;tag=1`,
      `To: <${aliceUri}>`,
      `Call-ID: ${randomUUID()}`,
      ...['CSeq: 1 MESSAGE', 'Max-Forwards: 70', 'Content-Length: 0', '', ''],
    ];
    this.socket.send(request.join('\r\n'), 5060, pcscfCore);
    for (;;) {
      const [data] = (await once(this.socket, 'message')) as [Buffer];
      if (/^SIP\/2\.0 [2-6]/.test(data.toString())) return data.toString();
    }
  }

  get last(): string {
    return this.requests.at(-1)!;
  }

  close(): void {
    this.socket.close();
  }
}

/** Answers REGISTER as a registrar does that grants what is asked for. */
const granting = (request: string): readonly [string, ...string[]] => {
  const expires = fieldsOf(request, 'Expires')[0] ?? '600';
  return [
    '200 OK',
    `P-Associated-URI: <${aliceUri}>, <tel:+9990011001>`,
    `Service-Route: <sip:orig@${ims.coreAddress}:5060;lr>, <sip:next@198.51.100.1;lr>`,
    ...(expires === '0'
      ? []
      : fieldsOf(request, 'Contact').map((contact) => `Contact: ${contact};expires=${expires}`)),
  ];
};

async function withAlice(way: ForeignWay, work: (alice: ForeignPhone) => Promise<void>): Promise<void> {
  using alice = await ForeignPhone.open(ims, way);
  core.answerWith = granting;
  expect(statusOf(await alice.registerOnce('alice'))).toBe('200 OK');
  core.answerWith = () => ['200 OK'];
  await work(alice);
  core.answerWith = granting;
  await alice.registerOnce('alice', { expires: 0 });
}

const says = (alice: ForeignPhone, more: readonly string[] = [], method = 'MESSAGE'): Promise<string> =>
  alice.ask({ method, uri: aliceUri, from: `<${aliceUri}>;tag=1`, to: `<${aliceUri}>`, more });

const authorization = (more = ''): string =>
  `Authorization: Digest username="alice@${domain}", realm="${domain}", nonce="n", uri="sip:${domain}", response="r"${more}`;

describe('a REGISTER on its way to the core', () => {
  it('has Path, Require, P-Visited-Network-ID and P-Charging-Vector (TS 24.229 5.2.2), all of the P-CSCF', async () => {
    using alice = await ForeignPhone.open(ims, 'https');
    const charges = new Set<string>();
    for (const more of [
      [],
      [
        'Path: <sip:thief@192.0.2.1;lr>',
        'P-Visited-Network-ID: "elsewhere"',
        'P-Charging-Vector: icid-value="free"',
        'Route: <sip:192.0.2.1;lr>',
        `P-Asserted-Identity: <sip:bob@${domain}>`,
      ],
    ]) {
      await alice.registerOnce('alice', { more });
      const { last } = core;
      expect(fieldsOf(last, 'Path').join()).toMatch(/^<sip:[^@]+@127\.[\d.]+;lr;ob>$/);
      expect(fieldsOf(last, 'Path').join()).not.toContain('thief');
      expect(fieldsOf(last, 'Require')).toEqual(['path']);
      expect(fieldsOf(last, 'P-Visited-Network-ID')).toEqual([`"${domain}"`]);
      expect(fieldsOf(last, 'P-Asserted-Identity')).toEqual([]);
      expect(fieldsOf(last, 'Route')).toEqual([]);
      const [vector, ...others] = fieldsOf(last, 'P-Charging-Vector');
      expect(others).toEqual([]);
      expect(vector).toMatch(/^icid-value="[0-9a-f]{32}";icid-generated-at=127\./);
      charges.add(vector!);
    }
    expect(charges.size).toBe(2);
  });

  it.each([
    ['tls', 'https'],
    ['tls', 'wss'],
    ['ip-assoc', 'udp'],
  ] as const)('says how an answer to a challenge was protected: %s', async (kind, way) => {
    const last = (): string => fieldsOf(core.last, 'Authorization').join();
    const claims = [', integrity-protected="yes"', ',integrity-protected = tls-yes,opaque="x"'];
    using alice = await ForeignPhone.open(ims, way);
    core.answerWith = () => ['401 Unauthorized'];
    for (const claim of ['', ...claims]) {
      await alice.registerOnce('alice', { more: [authorization(claim)] });
      expect(last().match(/integrity-protected.*/g)).toEqual([`integrity-protected="${kind}-pending"`]);
      expect(last()).toContain('response="r"');
      expect(last().includes('opaque="x"')).toBe(claim.includes('opaque'));
    }
    // It has answered nothing yet.
    const empty = authorization(claims[0]).replace('response="r"', 'response=""');
    await alice.registerOnce('alice', { more: [empty] });
    expect(last()).toContain('nonce="n"');
    expect(last()).not.toContain('integrity-protected');
    await alice.registerOnce('alice');
    expect(last()).toBe('');
    await withAlice(way, async (registered) => {
      await registered.registerOnce('alice', { more: [authorization(claims[1])] });
      expect(last().match(/integrity-protected.*/g)).toEqual([`integrity-protected="${kind}-yes"`]);
    });
  });
});

describe('a request of a registered UE', () => {
  it.each<[string, string[]]>([
    ['none', []],
    [
      'the one that it has to preload',
      ['Route: <sip:pcscf;lr>, <sip:orig@CORE:5060;lr>, <sip:next@198.51.100.1;lr>'],
    ],
    ['one of its own choice', ['Route: <sip:192.0.2.1;lr>', 'Route: <sip:x@192.0.2.2>']],
  ])('takes the Service-Route, whatever Route it has: %s (TS 24.229 5.2.6.3.3)', async (_, routes) => {
    await withAlice('udp', async (alice) => {
      const more = routes.map((route) => route.replace('CORE', ims.coreAddress));
      expect(statusOf(await says(alice, more))).toBe('200 OK');
      const route = [`<sip:orig@${ims.coreAddress}:5060;lr>, <sip:next@198.51.100.1;lr>`];
      expect(fieldsOf(core.last, 'Route')).toEqual(route);
    });
  });

  it('has the identity and charging of the P-CSCF, and nothing of what the UE may not say', async () => {
    await withAlice('udp', async (alice) => {
      const claims = [
        'P-Asserted-Identity',
        'P-Called-Party-ID',
        'P-Associated-URI',
        'Record-Route',
        'Service-Route',
      ];
      const more = [
        ...claims.map((name) => `${name}: <sip:bob@${domain};lr>`),
        'P-Charging-Vector: icid-value=x',
      ];
      expect(statusOf(await says(alice, more))).toBe('200 OK');
      expect(fieldsOf(core.last, 'P-Asserted-Identity')).toEqual([`<${aliceUri}>`]);
      expect(fieldsOf(core.last, 'P-Charging-Vector').join()).toMatch(/^icid-value="[0-9a-f]{32}";/);
      for (const name of claims.slice(1)) expect([name, fieldsOf(core.last, name)]).toEqual([name, []]);
    });
  });

  it('is refused if it asks proxies for what this one does not know (RFC 3261 16.3)', async () => {
    await withAlice('udp', async (alice) => {
      const refused = await says(alice, ['Proxy-Require: sec-agree, x']);
      expect(statusOf(refused)).toBe('420 Bad Extension');
      expect(fieldsOf(refused, 'Unsupported')).toEqual(['sec-agree, x']);
    });
  });

  it('is served as long as each registration lasts that was granted, and over its flow only', async () => {
    using alice = await ForeignPhone.open(ims, 'udp');
    core.answerWith = granting;
    // 600 000 s (TS 24.229 5.1.1.2.1), and a second contact for a second.
    const other = `<sip:other@${alice.local.ip}:${alice.local.port}>`;
    await alice.registerOnce('alice', { expires: 600_000 });
    await alice.registerOnce('alice', { contact: `${other};reg-id=7`, expires: 1 });
    await alice.registerOnce('alice', { contact: `"x, <y>" ${other};reg-id=7`, expires: 0 });
    expect(statusOf(await says(alice))).toBe('200 OK');
    using stranger = await ForeignPhone.open(ims, 'udp');
    expect(statusOf(await says(stranger))).toBe('403 Not Registered Over This Flow');
    await alice.registerOnce('alice', { expires: 0 });
    expect(statusOf(await says(alice))).toBe('403 Not Registered Over This Flow');
  });
});

describe('SIP over WebSocket (RFC 7118)', () => {
  it('is served on the port of HTTPS, and reached by the core over the flow that it opened, until that ends', async () => {
    const contact = '<sip:alice@browser.invalid;transport=ws>';
    using alice = await ForeignPhone.open(ims, 'wss');
    core.answerWith = granting;
    expect(statusOf(await alice.registerOnce('alice', { contact }))).toBe('200 OK');
    const [path] = fieldsOf(core.last, 'Path');
    core.answerWith = () => ['200 OK'];
    expect(statusOf(await says(alice))).toBe('200 OK');
    const told = core.tell(path!, uriIn(contact));
    const request = await alice.next((text) => text.startsWith('MESSAGE '));
    expect(fieldsOf(request, 'Via')[0]).toMatch(/^SIP\/2\.0\/WSS /);
    alice.answer(request, '200 OK');
    expect(statusOf(await told)).toBe('200 OK');
    await alice.hangUp();
    expect(statusOf(await core.tell(path!, uriIn(contact)))).toBe('430 Flow Failed');
  });

  const get = (host: string, more: readonly string[] = []): string =>
    ['GET / HTTP/1.1', `Host: ${host}`, ...more, '', ''].join('\r\n');
  const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Protocol: sip'];

  it.each([
    ['another host', 'tls', '404 No Such Host', get('example.org', upgrade)],
    ['what is no request for a WebSocket', 'tls', '426 Upgrade Required', get(domain)],
    ['a connection without TLS', 'tcp', '403 WebSocket Outside TLS Refused', get(domain, upgrade)],
    [
      'another protocol',
      'tls',
      '400 Bad Request',
      get(domain, [...upgrade.slice(0, 2), 'Sec-WebSocket-Protocol: msrp']),
    ],
    // RFC 3261 18.3.
    [
      'SIP on a stream without Content-Length',
      'tls',
      '',
      [
        `OPTIONS sip:${domain} SIP/2.0`,
        'Via: SIP/2.0/TLS x;branch=z9hG4bK1',
        ...['From: <sip:a@b>;tag=1', 'To: <sip:b@b>', 'Call-ID: 1', 'CSeq: 1 OPTIONS', '', ''],
      ].join('\r\n'),
    ],
  ])('is not %s', async (_, way, status, text) => {
    const { pcscf, trustAnchor } = ims.configOf('nobody');
    const { address: host, name, ports } = pcscf;
    const socket =
      way === 'tls'
        ? connectTls({ host, port: ports.https, servername: name, ca: trustAnchor })
        : connectTcp({ host, port: ports.udp });
    socket.write(text);
    let answer = '';
    for await (const data of socket) answer += String(data);
    expect(answer.split('\r\n')[0]!.replace(/^HTTP\/1\.1 /, '')).toBe(status);
  });
});

it('says what it can when it is asked (RFC 3261 11)', async () => {
  using phone = await ForeignPhone.open(ims, 'udp');
  const { address } = ims.configOf('alice').pcscf;
  const ask = { method: 'OPTIONS', uri: `sip:${address}`, from: '<sip:a@b>;tag=1', to: `<sip:${address}>` };
  const answer = await phone.ask(ask);
  expect(statusOf(answer)).toBe('200 OK');
  expect(fieldsOf(answer, 'Supported')).toEqual(['path, outbound']);
});

it('forgets the TLS errors that its processes would share, in the main process and so before there are others', () => {
  const told = [...ims.pcscf.log.matchAll(/^ *(\d+)\(\d+\) ALERT: .*: (nimsfw: TLS errors .*)$/gm)];
  // Kamailio's main process has the number 0.
  expect(told.map(([, process, text]) => [process, text])).toEqual([
    ['0', 'nimsfw: TLS errors are forgotten'],
  ]);
});
