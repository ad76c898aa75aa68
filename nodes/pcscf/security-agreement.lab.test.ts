import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { fieldsOf, statusOf, uriIn } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';
import { mostUnfinished } from './security-agreement';

/**
 * The security agreement of the P-CSCF (RFC 3329, TS 33.203 7, TS 24.229 5.2.2.2). The test is the IMS core, the program
 * `ipsec` and the UEs. The P-CSCF knows security associations by addresses and ports, so there is no ESP here.
 */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const impi = `001010000000001@${domain}`;
const impu = `sip:alice@${domain}`;
const ports = { serverPort: 6100, clientPorts: [5100, 5101, 5102] };
const [ck, ik] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
const challenge = `Digest realm="${domain}", nonce="bm9uY2U=", algorithm=AKAv1-MD5, ck="${ck}", ik="${ik}", qop="auth"`;

let ims: TestIms;
let core: Core;
let ipsec: Ipsec;
let serial = 0;

beforeAll(async () => {
  ims = await TestIms.start(['alice'], 30, [], false, ports);
  core = await Core.open();
});
beforeEach(async () => {
  core.respond = challenging;
  core.requests.length = 0;
  ipsec = await Ipsec.open();
});
afterEach(() => ipsec.close());
afterAll(async () => {
  core?.close();
  await ims?.[Symbol.asyncDispose]();
});

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 8000; !isSo();) {
    if (Date.now() > end) throw new Error(`not within 8 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The header fields that RFC 3261 8.2.6 has an answer repeat. */
const repeated = (request: string): string[] =>
  request
    .split('\r\n\r\n')[0]!
    .split('\r\n')
    .filter((line) => /^(?:via|from|to|call-id|cseq|record-route):/i.test(line))
    .map((line) => (/^to:/i.test(line) && !line.includes(';tag=') ? `${line};tag=far` : line));

/** Challenges a REGISTER that has no answer to a challenge, and grants what another asks for. */
const challenging = (request: string): string[] => {
  const isAnswer = /response="[^"]/.test(fieldsOf(request, 'Authorization').join());
  if (!/^REGISTER/.test(request)) return ['200 OK'];
  if (!isAnswer) return ['401 Unauthorized', `WWW-Authenticate: ${challenge}`];
  const expires = fieldsOf(request, 'Expires')[0]!;
  const contacts = fieldsOf(request, 'Contact').map((contact) => `Contact: ${contact};expires=${expires}`);
  return [
    '200 OK',
    `P-Associated-URI: <${impu}>, <tel:+9990011001>`,
    `Service-Route: <sip:orig@${ims.coreAddress}:5060;lr>`,
    ...(expires === '0' ? [] : contacts),
  ];
};

class Core {
  readonly requests: string[] = [];
  respond = challenging;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (data, from) => {
      const request = data.toString();
      if (!/^[A-Z]+ (?:sip|tel)/.test(request)) return;
      this.requests.push(request);
      const [status, ...more] = this.respond(request);
      const lines = [`SIP/2.0 ${status}`, ...repeated(request), ...more, 'Content-Length: 0', '', ''];
      socket.send(lines.join('\r\n'), from.port, from.address);
    });
  }

  static async open(): Promise<Core> {
    const socket = createSocket('udp4');
    socket.bind(5060, ims.coreAddress);
    await once(socket, 'listening');
    return new Core(socket);
  }

  get last(): string {
    return this.requests.at(-1)!;
  }

  /** Sends a request to a UE by these Routes. It resolves with the final response. */
  async tell(routes: string, uri: string, method = 'MESSAGE', tag = ''): Promise<string> {
    const branch = `z9hG4bK${randomUUID()}`;
    const request = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${ims.coreAddress};branch=${branch}`,
      `Route: ${routes}`,
      `From: <sip:bob@${domain}>;tag=1`,
      `To: <${impu}>${tag}`,
      `Call-ID: ${randomUUID()}`,
      ...[`CSeq: 1 ${method}`, 'Max-Forwards: 70', 'Content-Length: 0', '', ''],
    ];
    this.socket.send(request.join('\r\n'), 5060, ims.pcscfCore);
    for (;;) {
      const [data] = (await once(this.socket, 'message', { signal: AbortSignal.timeout(8000) })) as [Buffer];
      if (/^SIP\/2\.0 [2-6]/.test(data.toString()) && data.includes(branch)) return data.toString();
    }
  }

  close(): void {
    this.socket.close();
  }
}

interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown> & { readonly name: string };
}

/** The program `ipsec`, as the P-CSCF sees it. */
class Ipsec {
  readonly asked: Asked[] = [];
  readonly lines: string[] = [];
  /** What it answers; undefined for nothing at all. */
  answer: (asked: Asked) => string | undefined = () => '{"id":1,"result":{}}';

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      createInterface({ input: socket }).on('line', (line) => {
        this.lines.push(line);
        const asked = JSON.parse(line) as Asked;
        this.asked.push(asked);
        const answer = this.answer(asked);
        if (answer !== undefined) socket.write(`${answer}\n`);
      });
    });
  }

  static async open(): Promise<Ipsec> {
    const server = createServer();
    rmSync(ims.ipsecSocket, { force: true });
    server.listen(ims.ipsecSocket);
    await once(server, 'listening');
    return new Ipsec(server);
  }

  /** The names of sets that it was asked for by this method. */
  names(method: string): string[] {
    return this.asked.filter((one) => one.method === method).map(({ params }) => params.name);
  }

  close(): void {
    this.server.close();
  }
}

interface Message {
  readonly text: string;
  readonly from: RemoteInfo;
  readonly at: 'plain' | 'client' | 'server';
}

/** A UE: an unprotected socket, and sockets at its protected client and server port. */
class Phone implements Disposable {
  readonly inbox: Message[] = [];
  private cseq = 0;
  readonly callId = randomUUID();

  private constructor(
    readonly plain: Socket,
    public client: Socket,
    readonly server: Socket,
    readonly ip: string,
    readonly id: number,
  ) {
    this.listen(plain, 'plain');
    this.listen(client, 'client');
    this.listen(server, 'server');
  }

  /** @param at its address; by default one of its own, since unfinished agreements are counted by address */
  static async open(at?: string): Promise<Phone> {
    const id = ++serial;
    const ip = at ?? `127.2.${16 + (id >> 8)}.${id & 255}`;
    return new Phone(await bound(ip), await bound(ip), await bound(ip), ip, id);
  }

  /** Takes a fresh protected client port, as at every new agreement (TS 33.203 7.1). */
  async freshClient(): Promise<Socket> {
    const old = this.client;
    this.client = await bound(this.ip);
    this.listen(this.client, 'client');
    return old;
  }

  private listen(socket: Socket, at: Message['at']): void {
    socket.on('message', (data, from) => this.inbox.push({ text: data.toString(), from, at }));
  }

  offer(more: Record<string, string | number> = {}): string {
    const has: Record<string, string | number> = {
      alg: 'hmac-sha-1-96',
      ealg: 'aes-cbc',
      prot: 'esp',
      mod: 'trans',
      'spi-c': 10_000 + 10 * this.id,
      'spi-s': 10_001 + 10 * this.id,
      'port-c': this.client.address().port,
      'port-s': this.server.address().port,
      ...more,
    };
    return `ipsec-3gpp;${Object.entries(has)
      .map(([name, value]) => `${name}=${value}`)
      .join(';')}`;
  }

  get contact(): string {
    return `<sip:alice@${this.ip}:${this.server.address().port}>`;
  }

  /** Writes a request. The Via names the protected server port, or the unprotected port. */
  write(
    method: string,
    way: 'plain' | 'protected',
    more: readonly string[],
    uri = `sip:${domain}`,
  ): [string, string] {
    const branch = `z9hG4bK${randomUUID()}`;
    const port = (way === 'plain' ? this.plain : this.server).address().port;
    const text = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.ip}:${port};branch=${branch}`,
      `From: <${impu}>;tag=1`,
      ...[`To: <${impu}>`, `Call-ID: ${randomUUID()}`, `CSeq: ${++this.cseq} ${method}`, 'Max-Forwards: 70'],
      ...more,
      ...['Content-Length: 0', '', ''],
    ].join('\r\n');
    return [branch, text];
  }

  /** Sends a request to a port of the P-CSCF. It resolves with the final response. */
  async ask(socket: Socket, port: number, [branch, text]: [string, string]): Promise<Message> {
    socket.send(text, port, ims.configOf('alice').pcscf.address);
    return this.next((message) => /^SIP\/2\.0 [2-6]/.test(message.text) && message.text.includes(branch));
  }

  async next(matches: (message: Message) => boolean): Promise<Message> {
    await until(() => this.inbox.some(matches), 'a message');
    return this.inbox.splice(this.inbox.findIndex(matches), 1)[0]!;
  }

  /** Sends a REGISTER outside security associations. */
  begin(
    clients: readonly string[] = [this.offer()],
    more: readonly string[] = secAgree,
    contact = this.contact,
  ): Promise<Message> {
    const lines = clients.map((offer) => `Security-Client: ${offer}`);
    const request = this.write('REGISTER', 'plain', [
      ...[`Contact: ${contact}`, 'Expires: 600', authorization(''), ...lines, ...more],
    ]);
    return this.ask(this.plain, 5060, request);
  }

  /** Sends a REGISTER over security associations. */
  over(
    verify: string,
    {
      expires = 600,
      offer = this.offer(),
      response = 'r',
      user = impi,
      socket = this.client,
      more = [] as string[],
    } = {},
  ): Promise<Message> {
    const request = this.write('REGISTER', 'protected', [
      ...[`Contact: ${this.contact}`, `Expires: ${expires}`, authorization(response, user)],
      ...(offer === '' ? [] : [`Security-Client: ${offer}`]),
      ...(verify === '' ? [] : [`Security-Verify: ${verify}`]),
      ...secAgree,
      ...more,
    ]);
    return this.ask(socket, 6100, request);
  }

  says(
    verify: string,
    socket = this.client,
    method = 'MESSAGE',
    more: readonly string[] = [],
  ): Promise<Message> {
    return this.ask(
      socket,
      6100,
      this.write(method, 'protected', [
        ...(verify === '' ? [] : [`Security-Verify: ${verify}`]),
        ...secAgree,
        `Contact: ${this.contact}`,
        ...more,
      ]),
    );
  }

  /** Registers over security associations. @returns Security-Server */
  async register(): Promise<string> {
    const verify = securityServer(await this.begin());
    expect(statusOf((await this.over(verify)).text)).toBe('200 OK');
    return verify;
  }

  /** Registers by SIP Digest, outside security associations. */
  registerByDigest(): Promise<Message> {
    const contact = `Contact: <sip:alice@${this.ip}:${this.plain.address().port}>`;
    const request = this.write('REGISTER', 'plain', [contact, 'Expires: 600', authorization('r')]);
    return this.ask(this.plain, 5060, request);
  }

  answer(request: Message, status = '200 OK'): void {
    const text = [`SIP/2.0 ${status}`, ...repeated(request.text), 'Content-Length: 0', '', ''].join('\r\n');
    // RFC 3261 18.2.2: to the sent-by port of the topmost Via.
    const port = /^Via: SIP\/2\.0\/UDP [\d.]+:(\d+)/m.exec(request.text)![1]!;
    this.client.send(text, Number(port), request.from.address);
  }

  [Symbol.dispose](): void {
    for (const socket of [this.plain, this.client, this.server]) socket.close();
  }
}

async function bound(ip: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, ip);
  await once(socket, 'listening');
  return socket;
}

const secAgree = ['Require: sec-agree', 'Proxy-Require: sec-agree', 'Supported: path, sec-agree'];
const authorization = (response: string, user = impi): string =>
  `Authorization: Digest username="${user}", realm="${domain}", nonce="${response && 'bm9uY2U='}", uri="sip:${domain}", response="${response}"`;
const securityServer = ({ text }: Message): string => fieldsOf(text, 'Security-Server').join(', ');
const parametersOf = (mechanism: string): Record<string, string> =>
  Object.fromEntries(
    mechanism
      .split(';')
      .slice(1)
      .map((parameter) => parameter.trim().split('=') as [string, string]),
  );

describe('a REGISTER outside security associations', () => {
  it('gets its 401 without CK and IK when its set of security associations works', async () => {
    using phone = await Phone.open();
    const answer = await phone.begin();
    expect(statusOf(answer.text)).toBe('401 Unauthorized');
    expect(answer.text).not.toContain(ck);
    expect(answer.text).not.toContain(ik);
    expect(fieldsOf(answer.text, 'WWW-Authenticate')).toEqual([
      `Digest realm="${domain}", nonce="bm9uY2U=", algorithm=AKAv1-MD5, qop="auth"`,
    ]);
    const server = parametersOf(securityServer(answer));
    expect(server).toMatchObject({ alg: 'hmac-sha-1-96', ealg: 'aes-cbc', prot: 'esp', mod: 'trans' });
    expect(server).toMatchObject({ 'port-s': '6100', q: '0.1' });
    expect(ports.clientPorts.map(String)).toContain(server['port-c']);
    const { address } = ims.configOf('alice').pcscf;
    expect(ipsec.asked).toEqual([
      {
        id: 1,
        method: 'add',
        params: {
          ...{ name: expect.stringMatching(/^\d+$/), mode: 'trans', integrity: 'hmac-sha-1-96' },
          ...{ encryption: 'aes-cbc', ik, ck, lifetimeSeconds: 240 },
          self: {
            address,
            ...{ clientPort: Number(server['port-c']), serverPort: 6100 },
            ...{ clientSpi: Number(server['spi-c']), serverSpi: Number(server['spi-s']) },
          },
          other: {
            address: phone.ip,
            ...{ clientPort: phone.client.address().port, serverPort: phone.server.address().port },
            ...{ clientSpi: 10_000 + 10 * phone.id, serverSpi: 10_001 + 10 * phone.id },
          },
          outer: { ip: phone.ip, port: 4500 },
        },
      },
    ]);
  });

  it('goes to the core as unprotected, and without what is between UE and P-CSCF', async () => {
    using phone = await Phone.open();
    await phone.begin(
      [phone.offer()],
      [...secAgree, 'Require: x', 'Security-Verify: a;b=c', 'Security-Server: d'],
    );
    expect(fieldsOf(core.last, 'Authorization').join()).toMatch(/, integrity-protected="no"$/);
    for (const name of ['Security-Client', 'Security-Verify', 'Security-Server', 'Proxy-Require'])
      expect([name, fieldsOf(core.last, name)]).toEqual([name, []]);
    expect(fieldsOf(core.last, 'Require')).toEqual(['x', 'path']);
  });

  it('has SPIs and client ports of its own in each agreement', async () => {
    const seen = new Set<string>();
    for (let count = 0; count < 4; count++) {
      using phone = await Phone.open();
      const server = parametersOf(securityServer(await phone.begin()));
      seen.add(server['spi-c']!).add(server['spi-s']!);
    }
    expect(seen.size).toBe(8);
  });

  // TS 33.203 7.1, from memory: against packets that are sent back to where they came from.
  it('has SPIs at the P-CSCF that are not those of the UE', async () => {
    using before = await Phone.open();
    const next = Number(parametersOf(securityServer(await before.begin()))['spi-s']) + 1;
    using phone = await Phone.open();
    const theirs = { 'spi-c': next, 'spi-s': next + 3 };
    const server = parametersOf(securityServer(await phone.begin([phone.offer(theirs)])));
    expect(Object.values(theirs)).not.toContain(Number(server['spi-c']));
    expect(Object.values(theirs)).not.toContain(Number(server['spi-s']));
  });

  it.each<[string, (phone: Phone) => string[], string]>([
    [
      'of several, the first',
      (p) => [`${p.offer({ alg: 'hmac-md5-96' })}, ${p.offer()}`],
      'hmac-md5-96 aes-cbc',
    ],
    [
      'by preference',
      (p) => [`${p.offer({ q: '0.1' })},${p.offer({ ealg: 'null', q: '0.25' })}`],
      'hmac-sha-1-96 null',
    ],
    [
      'in several lines',
      (p) => ['tls;q=0.9', `digest;d-qop="a,b;c"`, p.offer({ ealg: 'null' })],
      'hmac-sha-1-96 null',
    ],
    [
      'after what it cannot',
      (p) => [
        `${p.offer({ alg: 'hmac-sha-256' })}, ${p.offer({ ealg: 'des-ede3-cbc' })}, ${p.offer({ prot: 'ah' })}, ${p.offer({ mod: 'tun' })}, ${p.offer({ alg: 'hmac-md5-96' })}`,
      ],
      'hmac-md5-96 aes-cbc',
    ],
    ['with defaults', (p) => [p.offer().replace(/;(?:ealg|prot|mod)=[^;]*/g, '')], 'hmac-sha-1-96 null'],
    [
      'in another spelling',
      (p) => [p.offer().toUpperCase().replaceAll(';', ' ;\r\n ').replaceAll('=', ' = ')],
      'hmac-sha-1-96 aes-cbc',
    ],
  ])('may offer more: the P-CSCF takes %s', async (_, offers, taken) => {
    using phone = await Phone.open();
    expect(statusOf((await phone.begin(offers(phone))).text)).toBe('401 Unauthorized');
    const { integrity, encryption } = ipsec.asked[0]!.params;
    expect(`${integrity as string} ${encryption as string}`).toBe(taken);
  });

  it.each<[string, (phone: Phone) => string[]]>([
    ['no Security-Client', () => []],
    ['another mechanism', () => ['tls']],
    ['an SPI that is reserved', (p) => [p.offer({ 'spi-c': 255 })]],
    ['an SPI of more than 32 bits', (p) => [p.offer({ 'spi-s': 4_294_967_296 })]],
    ['one SPI for both', (p) => [p.offer({ 'spi-c': 1000, 'spi-s': 1000 })]],
    ['port 0', (p) => [p.offer({ 'port-c': 0 })]],
    ['port 65536', (p) => [p.offer({ 'port-s': 65_536 })]],
    ['port 5060', (p) => [p.offer({ 'port-c': 5060 })]],
    ['port 5061', (p) => [p.offer({ 'port-s': '05061' })]],
    ['one port for both', (p) => [p.offer({ 'port-c': 5000, 'port-s': 5000 })]],
    ['no SPI', (p) => [p.offer().replace(/;spi-c=\d+/, '')]],
    ['an SPI twice', (p) => [`${p.offer()};spi-c=5000`]],
    ['what is very long', (p) => [`${p.offer()};x=${'y'.repeat(5000)}`]],
    ['a quote that does not end', (p) => [`${p.offer()};x="y`]],
    ['JSON in an SPI', (p) => [p.offer({ 'spi-c': '1000,"x":1' })]],
    ['JSON in an algorithm', (p) => [p.offer({ alg: '"hmac-sha-1-96","ik":"00"' })]],
    ['Perl in a port', (p) => [p.offer({ 'port-c': '@{[system(1)]}' })]],
    ['variables of Kamailio', (p) => [p.offer({ mod: '$var(ik)' })]],
    ['a folded line in a number', (p) => [p.offer({ 'port-c': '50\r\n 00' })]],
    ['a line feed after a number', (p) => [`${p.offer({ 'port-s': '5000\n remove 1' })}`]],
  ])('gets 494 with all that the P-CSCF can for %s, and nothing is made', async (_, offers) => {
    using phone = await Phone.open();
    const answer = await phone.begin(offers(phone));
    expect(statusOf(answer.text)).toBe('494 Security Agreement Required');
    const listed = securityServer(answer).split(', ');
    expect(listed).toHaveLength(8);
    expect(listed[0]).toBe('ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;q=0.8');
    expect(ipsec.lines).toEqual([]);
    expect(core.requests).toEqual([]);
  });

  it.each<[string, (asked: Asked) => string | undefined, RegExp]>([
    [
      'refuses',
      () => '{"id":1,"error":{"code":"REFUSED_BY_KERNEL","message":"no \\n ESP"}}',
      /refuses: REFUSED_BY_KERNEL, no .* ESP$/m,
    ],
    ['is silent', () => undefined, /has not answered within 2 s$/m],
    ['answers nonsense', () => 'hello', /answers what is no answer$/m],
  ])('gets 500 if the program ipsec %s, and nothing is kept', async (_, answer, said) => {
    using phone = await Phone.open();
    ipsec.answer = answer;
    const refused = await phone.begin();
    expect(statusOf(refused.text)).toBe('500 Security Associations Could Not Be Made');
    expect(refused.text).not.toContain(ck);
    await until(() => said.test(ims.pcscf.log), 'the line in the log');
    ipsec.answer = () => '{"id":1,"result":{}}';
    expect(statusOf((await phone.begin()).text)).toBe('401 Unauthorized');
    expect(ipsec.names('remove')).toEqual([]);
  });

  it('gets 500 if there is no program ipsec', async () => {
    ipsec.close();
    using phone = await Phone.open();
    expect(statusOf((await phone.begin()).text)).toBe('500 Security Associations Could Not Be Made');
    await until(() => ims.pcscf.log.includes('the program ipsec cannot be reached'), 'the line in the log');
    expect(ims.pcscf.log).not.toContain(ik);
  });

  it('gets 500 if the core has no keys', async () => {
    core.respond = () => ['401 Unauthorized', `WWW-Authenticate: Digest realm="x", nonce="y", ck="${ck}"`];
    using phone = await Phone.open();
    const answer = await phone.begin();
    expect(statusOf(answer.text)).toBe('500 Security Associations Could Not Be Made');
    expect(answer.text).not.toContain(ck);
    expect(ipsec.asked).toEqual([]);
  });

  it('replaces an agreement that the same socket has left unfinished', async () => {
    using phone = await Phone.open();
    await phone.begin();
    await phone.begin();
    expect(ipsec.asked.map(({ method }) => method)).toEqual(['add', 'remove', 'add']);
    expect(ipsec.names('remove')).toEqual(ipsec.names('add').slice(0, 1));
  });

  it('says in UDP-encapsulated tunnel mode itself what its address is', async () => {
    using phone = await Phone.open();
    const offer = phone.offer({ mod: 'UDP-enc-tun' });
    await phone.begin([offer], secAgree, '<sip:alice@192.0.2.7:5000>');
    expect(ipsec.asked[0]!.params).toMatchObject({
      ...{ mode: 'UDP-enc-tun', other: { address: '192.0.2.7' }, outer: { ip: phone.ip, port: 4500 } },
    });
  });

  it.each([
    ...['999.1.1.1', '010.0.0.1', '0.0.0.1', '224.0.0.1', '255.255.255.255', '1.2.3.4.5'],
    ...['the P-CSCF', 'the P-CSCF in the core'],
  ])('gets 494 in that mode if its address is none that a UE has: %s', async (name) => {
    using phone = await Phone.open();
    const own = [ims.configOf('alice').pcscf.address, ims.pcscfCore];
    const address = name.startsWith('the') ? own[name.length > 10 ? 1 : 0]! : name;
    const offer = phone.offer({ mod: 'UDP-enc-tun' });
    const answer = await phone.begin([offer], secAgree, `<sip:alice@${address}:5000>`);
    expect(statusOf(answer.text)).toBe('494 Security Agreement Required');
    expect(ipsec.lines).toEqual([]);
  });

  it('may have an address of loopback in that mode if it comes from one', async () => {
    using phone = await Phone.open();
    const offer = phone.offer({ mod: 'UDP-enc-tun' });
    await phone.begin([offer], secAgree, '<sip:alice@127.9.9.9:5000>');
    expect(ipsec.asked[0]!.params).toMatchObject({ other: { address: '127.9.9.9' } });
  });

  it('is still one of SIP Digest if it offers nothing', async () => {
    using phone = await Phone.open();
    core.respond = () => ['401 Unauthorized', 'WWW-Authenticate: Digest realm="x", nonce="y"'];
    const answer = await phone.ask(
      phone.plain,
      5060,
      phone.write('REGISTER', 'plain', [`Contact: ${phone.contact}`, 'Expires: 600', authorization('r')]),
    );
    expect(statusOf(answer.text)).toBe('401 Unauthorized');
    expect(fieldsOf(core.last, 'Authorization').join()).toMatch(/integrity-protected="ip-assoc-pending"$/);
    expect(ipsec.asked).toEqual([]);
  });
});

describe('a REGISTER over security associations', () => {
  it('is told to the core as protected, and makes them live 30 s longer than the registration', async () => {
    using phone = await Phone.open();
    const begun = await phone.begin();
    const answer = await phone.over(securityServer(begun));
    expect(statusOf(answer.text)).toBe('200 OK');
    expect(fieldsOf(core.last, 'Authorization').join()).toMatch(/, integrity-protected="yes"$/);
    expect(fieldsOf(core.last, 'Path').join()).toContain(
      `;ipsec=${phone.ip}:${phone.server.address().port}>`,
    );
    expect(ipsec.asked.at(-1)).toMatchObject({ method: 'extend', params: { lifetimeSeconds: 630 } });
    // TS 33.203 7.1: from port-pc to port-us.
    expect([answer.at, answer.from.port]).toEqual([
      'server',
      Number(parametersOf(securityServer(begun))['port-c']),
    ]);
  });

  it.each<[string, (verify: string) => string, string]>([
    ['is absent', () => '', '494 Security Agreement Required'],
    ['has another SPI', (text) => text.replace(/spi-c=\d+/, 'spi-c=4711'), '494 Security Agreement Required'],
    ['has a mechanism more', (text) => `${text}, tls`, '494 Security Agreement Required'],
    ['has a parameter more', (text) => `${text};x=y`, '494 Security Agreement Required'],
    ['lacks one', (text) => text.replace(/;q=[\d.]+/, ''), '494 Security Agreement Required'],
    [
      'has another order and white space',
      (text) => {
        const [first, ...rest] = text.split(';');
        return [first, ...rest.reverse()].join(' ;  ');
      },
      '200 OK',
    ],
  ])('whose Security-Verify %s', async (_, changed, status) => {
    using phone = await Phone.open();
    const server = securityServer(await phone.begin());
    const answer = await phone.over(changed(server));
    expect(statusOf(answer.text)).toBe(status);
    if (status.startsWith('494')) expect(securityServer(answer)).toBe(server);
    expect(answer.at).toBe('server');
  });

  it('gets 494 if it does not offer what it has offered first', async () => {
    using phone = await Phone.open();
    const verify = securityServer(
      await phone.begin([`${phone.offer()}, ${phone.offer({ alg: 'hmac-md5-96' })}`]),
    );
    expect(statusOf((await phone.over(verify)).text)).toBe('494 Security Agreement Required');
    expect(statusOf((await phone.over(verify, { offer: '' })).text)).toBe('494 Security Agreement Required');
    expect(core.requests).toHaveLength(1);
  });

  it('is refused for another user', async () => {
    using phone = await Phone.open();
    const verify = securityServer(await phone.begin());
    const answer = await phone.over(verify, { user: `mallory@${domain}` });
    expect(statusOf(answer.text)).toBe('403 Not The User Of This Agreement');
  });

  it('that the core refuses ends its agreement', async () => {
    using phone = await Phone.open();
    const verify = securityServer(await phone.begin());
    core.respond = () => ['403 Forbidden'];
    expect(statusOf((await phone.over(verify)).text)).toBe('403 Forbidden');
    await until(() => ipsec.names('remove').length > 0, 'remove');
    expect(ipsec.names('remove')).toEqual(ipsec.names('add'));
  });

  // TS 33.203 7.4.2A, from memory: whoever begins in the clear has its old ones no longer.
  it('that began in the clear ends those from before, however many UEs there are', async () => {
    for (let round = 0; round < 2; round++)
      for (let host = 1; host <= 101; host++) {
        using phone = await Phone.open(`127.2.4.${host}`);
        await phone.register();
      }
    await until(() => ipsec.names('remove').length >= 101, 'the sets of the first round removed');
    expect(ipsec.names('remove').sort()).toEqual(ipsec.names('add').slice(0, 101).sort());
  });

  it('is challenged anew for fresh security associations, and the old ones go when these are used', async () => {
    using phone = await Phone.open();
    const old = await phone.register();
    const oldClient = await phone.freshClient();
    const offer = phone.offer({ 'spi-c': 777_000, 'spi-s': 777_001 });
    const again = await phone.over(old, { response: '', offer, socket: oldClient });
    expect(statusOf(again.text)).toBe('401 Unauthorized');
    expect(fieldsOf(core.last, 'Authorization').join()).toMatch(/, integrity-protected="yes"$/);
    // The challenge comes over the old ones.
    expect(again.from.port).toBe(Number(parametersOf(old)['port-c']));
    const fresh = securityServer(again);
    for (const name of ['spi-c', 'spi-s', 'port-c'])
      expect(parametersOf(fresh)[name]).not.toBe(parametersOf(old)[name]);
    expect(statusOf((await phone.over(fresh, { offer })).text)).toBe('200 OK');
    expect(ipsec.names('remove')).toEqual([]);
    expect(statusOf((await phone.says(fresh)).text)).toBe('200 OK');
    expect(ipsec.names('remove')).toEqual(ipsec.names('add').slice(0, 1));
    oldClient.close();
  });

  it('that ends the registration leaves its security associations for the last NOTIFY, and has them removed soon', async () => {
    using phone = await Phone.open();
    const old = await phone.register();
    const [path] = fieldsOf(core.last, 'Path');
    const oldClient = await phone.freshClient();
    const offer = phone.offer({ 'spi-c': 778_000, 'spi-s': 778_001 });
    const fresh = securityServer(
      await phone.over(old, { response: '', offer, socket: oldClient, expires: 0 }),
    );
    const answer = await phone.over(fresh, { offer, expires: 0 });
    expect(statusOf(answer.text)).toBe('200 OK');
    expect(answer.at).toBe('server');
    expect(ipsec.names('remove')).toEqual([]);
    const told = core.tell(path!, uriIn(phone.contact));
    const request = await phone.next(({ text }) => text.startsWith('MESSAGE '));
    // The UE has let the old ones go when it used the fresh ones.
    expect(request.from.port).toBe(Number(parametersOf(fresh)['port-c']));
    phone.answer(request);
    expect(statusOf(await told)).toBe('200 OK');
    await until(() => ipsec.names('remove').length === 2, 'two sets removed');
    expect(ipsec.names('remove').sort()).toEqual(ipsec.names('add').sort());
    expect(statusOf(await core.tell(path!, uriIn(phone.contact)))).toBe('430 Flow Failed');
    oldClient.close();
  });
});

describe('what comes and goes beside', () => {
  it('is refused with 494 over security associations without Security-Verify, and before they are agreed on', async () => {
    using phone = await Phone.open();
    const verify = securityServer(await phone.begin());
    const early = await phone.says(verify);
    expect(statusOf(early.text)).toBe('403 Not Registered Over These Security Associations');
    await phone.over(verify);
    expect(statusOf((await phone.says('')).text)).toBe('494 Security Agreement Required');
    expect(statusOf((await phone.says(verify)).text)).toBe('200 OK');
    expect(fieldsOf(core.last, 'P-Asserted-Identity')).toEqual([`<${impu}>`]);
    expect(fieldsOf(core.last, 'Security-Verify')).toEqual([]);
  });

  it('reaches the UE from the protected client port at its protected server port, in dialogs too', async () => {
    using phone = await Phone.open();
    const verify = await phone.register();
    const portC = Number(parametersOf(verify)['port-c']);
    const [path] = fieldsOf(core.last, 'Path');
    const told = core.tell(path!, uriIn(phone.contact));
    const request = await phone.next(({ text }) => text.startsWith('MESSAGE '));
    expect([request.at, request.from.port]).toEqual(['server', portC]);
    expect(fieldsOf(request.text, 'Via')[0]).toMatch(/^SIP\/2\.0\/UDP 127\.[\d.]+:6100;/);
    phone.answer(request);
    expect(statusOf(await told)).toBe('200 OK');

    expect(statusOf((await phone.says(verify, phone.client, 'SUBSCRIBE')).text)).toBe('200 OK');
    const routes = fieldsOf(core.last, 'Record-Route');
    expect(routes.join()).toContain(':6100;');
    const notified = core.tell(routes.join(', '), uriIn(phone.contact), 'NOTIFY', ';tag=x');
    const notify = await phone.next(({ text }) => text.startsWith('NOTIFY '));
    expect([notify.at, notify.from.port]).toEqual(['server', portC]);
    phone.answer(notify);
    expect(statusOf(await notified)).toBe('200 OK');
  });

  it('is refused from the same address outside security associations, unless it is REGISTER', async () => {
    using phone = await Phone.open();
    await phone.register();
    const answer = await phone.ask(phone.plain, 5060, phone.write('MESSAGE', 'plain', []));
    expect(statusOf(answer.text)).toBe('403 SIP Outside Security Associations Refused');
  });

  it('is refused there as any identity of the user, over a flow of before too', async () => {
    using phone = await Phone.open();
    expect(statusOf((await phone.registerByDigest()).text)).toBe('200 OK');
    await phone.register();
    // The tel URI is an identity of the same user, as the 200 has said, and what is protected is the user (TS 33.203 O.4).
    for (const from of [impu, 'tel:+9990011001']) {
      const [branch, text] = phone.write('MESSAGE', 'plain', []);
      const request = text.replace(`From: <${impu}>`, `From: <${from}>`);
      const answer = await phone.ask(phone.plain, 5060, [branch, request]);
      expect([from, statusOf(answer.text)]).toEqual([from, '403 SIP Outside Security Associations Refused']);
    }
  });

  it('is served outside security associations from where the UE has registered so since, and these go', async () => {
    using phone = await Phone.open('127.2.3.2');
    await phone.register();
    using other = await Phone.open('127.2.3.21');
    await other.register();
    expect(statusOf((await phone.registerByDigest()).text)).toBe('200 OK');
    const answer = await phone.ask(phone.plain, 5060, phone.write('MESSAGE', 'plain', []));
    expect(statusOf(answer.text)).toBe('200 OK');
    await until(() => ipsec.names('remove').length > 0, 'remove');
    expect(ipsec.names('remove')).toEqual(ipsec.names('add').slice(0, 1));
    const elsewhere = await other.ask(other.plain, 5060, other.write('MESSAGE', 'plain', []));
    expect(statusOf(elsewhere.text)).toBe('403 SIP Outside Security Associations Refused');
  });

  it('is dropped at the protected ports if it belongs to no security associations', async () => {
    using phone = await Phone.open();
    const { address } = ims.configOf('alice').pcscf;
    for (const port of [5100, 6100])
      phone.client.send(phone.write('MESSAGE', 'protected', [])[1], port, address);
    await until(
      () => /nimsfw: MESSAGE from 127\.2\.[\d.]+:\d+ at port \d+ belongs to no/.test(ims.pcscf.log),
      'the line in the log',
    );
    expect(statusOf((await phone.begin()).text)).toBe('401 Unauthorized');
    expect(phone.inbox).toEqual([]);
  });

  it.each<[string, (thief: Phone, phone: Phone) => number]>([
    ['all protected client ports', (thief) => thief.client.address().port],
    ['the port that the UE has chosen', (_thief, phone) => phone.client.address().port],
  ])('cannot keep a registered UE from fresh security associations: %s', async (_, portOf) => {
    using phone = await Phone.open();
    const old = await phone.register();
    const oldClient = await phone.freshClient();
    // Whoever knows the private identity and the place of the UE.
    const steal = async (): Promise<string> => {
      using thief = await Phone.open();
      const taken = { 'port-s': phone.server.address().port, 'port-c': portOf(thief, phone) };
      const offer = thief.offer({ mod: 'UDP-enc-tun', ...taken });
      return statusOf((await thief.begin([offer], secAgree, phone.contact)).text);
    };
    expect(await steal()).toBe('401 Unauthorized');
    await steal();
    const offer = phone.offer({ 'spi-c': 779_000, 'spi-s': 779_001 });
    const again = await phone.over(old, { response: '', offer, socket: oldClient });
    expect(statusOf(again.text)).toBe('401 Unauthorized');
    await steal();
    await steal();
    expect(statusOf((await phone.over(securityServer(again), { offer })).text)).toBe('200 OK');
    oldClient.close();
  });

  it('cannot take the place of another user', async () => {
    using phone = await Phone.open();
    await phone.register();
    using thief = await Phone.open();
    const offer = thief.offer({ mod: 'UDP-enc-tun', 'port-s': phone.server.address().port });
    const request = thief.write('REGISTER', 'plain', [
      ...[`Contact: ${phone.contact}`, 'Expires: 600', authorization('', `mallory@${domain}`)],
      ...[`Security-Client: ${offer}`, ...secAgree],
    ]);
    expect(statusOf((await thief.ask(thief.plain, 5060, request)).text)).toBe(
      '494 Security Agreement Required',
    );
  });

  it('asks for an extension that is not known, beside sec-agree', async () => {
    using phone = await Phone.open();
    const answer = await phone.begin([phone.offer()], ['Require: sec-agree', 'Proxy-Require: x, sec-agree']);
    expect(statusOf(answer.text)).toBe('420 Bad Extension');
    expect(fieldsOf(answer.text, 'Unsupported')).toEqual(['x']);
  });

  it('is bounded in agreements that are unfinished: one too many takes the place of the oldest', async () => {
    const phones: Phone[] = [];
    while (phones.length < mostUnfinished + 1) {
      const phone = await Phone.open('127.2.1.1');
      phones.push(phone);
      expect(statusOf((await phone.begin()).text)).toBe('401 Unauthorized');
    }
    expect(ipsec.names('add')).toHaveLength(mostUnfinished + 1);
    expect(ipsec.names('remove')).toEqual(ipsec.names('add').slice(0, 1));
    for (const phone of phones) phone[Symbol.dispose]();
  });
});
