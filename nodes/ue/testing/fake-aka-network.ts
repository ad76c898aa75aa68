import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { digestOf, listOf, parametersOf } from '../../../kit/sip-fields';
import { authenticationVector, resynchronised, type Card, type Vector } from '../../../kit/milenage';
import { allHeadersOf, keyOf } from '../sip/sip-text';
import { fakeRegistrar, written } from './fake-registrar';

/**
 * A P-CSCF and the network behind it that does IMS AKA on three UDP sockets of 127.0.0.1, in the clear, since ESP is not
 * its business. It holds each request against TS 33.203 and TS 24.229, and notes what is wrong in {@link faults}.
 */
export class FakeAkaNetwork {
  readonly faults: string[] = [];
  /** The requests that came, as `socket METHOD`. */
  readonly came: string[] = [];
  readonly texts: string[] = [];
  /** The SQN of the next challenge; it grows by one SEQ with each. */
  sqn = 32n;
  /** SPI of the next mechanism that it offers. */
  private spi = 0x1000;
  /** Changes what it answers to a REGISTER; nothing is sent for undefined. */
  change: (answer: string, request: string) => string | undefined = (answer) => answer;
  /** Changes a challenge's AUTN. */
  autn: (autn: Buffer) => Buffer = (autn) => autn;
  /** Whether it challenges a REGISTER that comes protected, once for each. */
  challengesAgain = true;
  private readonly sockets: Socket[] = [];
  private readonly vectors = new Map<string, Vector>();
  /** What it has answered, by branch and method. */
  private readonly answered = new Map<string, readonly (string | undefined)[]>();
  /** Every Security-Server that it has sent. */
  private readonly offered = new Set<string>();

  constructor(private readonly card: Card) {}

  /** Ports of the socket in the clear, and of the protected client and server. */
  ports = { plain: 0, client: 0, server: 0 };

  async listen(): Promise<void> {
    const [plain, client, server] = await Promise.all(['plain', 'client', 'server'].map((n) => this.open(n)));
    this.ports = { plain: plain!, client: client!, server: server! };
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }

  private async open(name: string): Promise<number> {
    const socket = createSocket('udp4');
    this.sockets.push(socket);
    socket.on('message', (data, from) => this.received(name, data.toString(), from.port));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return socket.address().port;
  }

  private received(name: string, text: string, port: number): void {
    for (const answer of this.answersTo(name, text)) {
      if (answer === undefined) continue;
      if (name === 'plain') this.sockets[0]!.send(answer, port, '127.0.0.1');
      // What goes to the UE goes from the protected client port to where Via or Contact says (TS 33.203 7.1).
      else this.sockets[1]!.send(answer, this.serverPortOf(text), '127.0.0.1');
    }
  }

  /** Answers a request that comes again as it did before (RFC 3261 17.2.2). On a busy machine a UE may send any of them again. */
  private answersTo(name: string, text: string): readonly (string | undefined)[] {
    const { branch, method } = keyOf(text) ?? {};
    const known = this.answered.get(`${branch} ${method}`);
    if (known && !text.startsWith('SIP/2.0')) return known;
    this.texts.push(text);
    if (!text.startsWith('SIP/2.0')) this.came.push(`${name} ${method}`);
    const answers = method === 'REGISTER' ? [this.registered(name, text)] : this.other(name, text);
    this.answered.set(`${branch} ${method}`, answers);
    return answers;
  }

  private serverPortOf(text: string): number {
    return Number(/^Via: SIP\/2\.0\/UDP 127\.0\.0\.1:(\d+)/m.exec(text)?.[1]);
  }

  private other(name: string, text: string): string[] {
    if (text.startsWith('SIP/2.0')) return [];
    this.checkVerify(name, text);
    if (keyOf(text)?.method !== 'MESSAGE') return fakeRegistrar(text) ?? [];
    return [this.reply(text, '200 OK', [`To: ${this.field(text, 'To')};tag=x`])];
  }

  private registered(name: string, text: string): string | undefined {
    const isProtected = name === 'server';
    this.checkVerify(name, text);
    const offers = allHeadersOf(text, 'Security-Client').flatMap(listOf);
    if (offers.length !== 4) this.faults.push(`Security-Client has ${offers.length} offers`);
    const asked = digestOf(this.field(text, 'Authorization'));
    const vector = this.vectors.get(asked.get('nonce') ?? '');
    if (vector && asked.has('auts')) {
      const sqn = resynchronised(this.card, vector.rand, Buffer.from(asked.get('auts')!, 'base64'));
      if (sqn === undefined) this.faults.push('AUTS has a wrong MAC');
      else this.sqn = sqn + 32n;
    } else if (vector && isProtected && asked.get('response') === responseOf(asked, vector.xres)) {
      const isFresh = this.vectors.delete(asked.get('nonce')!);
      if (isFresh || !this.challengesAgain) return this.change(this.accepted(text, vector), text);
    }
    return this.change(this.challenge(text, offers[0] ?? ''), text);
  }

  private challenge(text: string, offer: string): string {
    const vector = authenticationVector(this.card, randomBytes(16), this.sqn);
    this.sqn += 32n;
    const nonce = Buffer.concat([vector.rand, this.autn(vector.autn)]).toString('base64');
    this.vectors.set(nonce, vector);
    const of = parametersOf(offer);
    const mechanism = (alg: string, q: string): string =>
      [
        ...[`ipsec-3gpp;q=${q};alg=${alg};ealg=aes-cbc;prot=esp;mod=${of.get('mod')}`],
        ...[`spi-c=${(this.spi += 1)};spi-s=${(this.spi += 1)}`],
        ...[`port-c=${this.ports.client};port-s=${this.ports.server}`],
      ].join(';');
    const server = `${mechanism('hmac-md5-96', '0.1')}, ${mechanism('hmac-sha-1-96', '0.9')}`;
    this.offered.add(server);
    return this.reply(text, '401 Unauthorized', [
      `To: ${this.field(text, 'To')};tag=registrar`,
      `WWW-Authenticate: Digest realm="ims.example", nonce="${nonce}", algorithm=AKAv1-MD5, qop="auth,auth-int"`,
      `Security-Server: ${server}`,
    ]);
  }

  private accepted(text: string, { xres }: Vector): string {
    const asked = digestOf(this.field(text, 'Authorization'));
    return this.reply(text, '200 OK', [
      `To: ${this.field(text, 'To')}`,
      `Contact: ${this.field(text, 'Contact')}`,
      `P-Associated-URI: ${this.field(text, 'To')}`,
      `Authentication-Info: qop=auth, rspauth="${responseOf(asked, xres, '')}", cnonce="${asked.get('cnonce')}", nc=00000001`,
    ]);
  }

  /** RFC 3329 2.3.1 and TS 24.229 5.1.1.2.2. */
  private checkVerify(name: string, text: string): void {
    const what = keyOf(text)?.method;
    const verify = this.field(text, 'Security-Verify');
    if (what === 'ACK') return;
    for (const field of ['Require', 'Proxy-Require'])
      if (!allHeadersOf(text, field).includes('sec-agree')) this.faults.push(`${what} has no ${field}`);
    if (/;(?:ob|reg-id)\b|\boutbound\b/.test(text)) this.faults.push(`${what} has outbound`);
    const hasRport = this.field(text, 'Via').includes(';rport');
    if (name === 'plain') {
      if (verify !== '') this.faults.push(`${what} in the clear has Security-Verify`);
      if (!hasRport) this.faults.push(`${what} in the clear has no rport`);
      return;
    }
    if (hasRport) this.faults.push(`a protected ${what} has rport`);
    if (!this.offered.has(verify)) this.faults.push(`${what} verifies ${verify}`);
  }

  private reply(text: string, status: string, fields: readonly string[]): string {
    const repeated = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${this.field(text, name)}`);
    return written([`SIP/2.0 ${status}`, ...repeated, ...fields], '');
  }

  private field(text: string, name: string): string {
    return allHeadersOf(text, name)[0] ?? '';
  }
}

/** RFC 3310 3.3: the digest of RFC 2617 with RES as the password. */
function responseOf(asked: ReadonlyMap<string, string>, res: Buffer, method = 'REGISTER'): string {
  const of = (name: string): string => asked.get(name) ?? '';
  const a1 = createHash('md5')
    .update(`${of('username')}:${of('realm')}:`)
    .update(res)
    .digest('hex');
  const a2 = createHash('md5')
    .update(`${method}:${of('uri')}`)
    .digest('hex');
  const parts = [a1, of('nonce'), of('nc'), of('cnonce'), of('qop'), a2];
  return createHash('md5').update(parts.join(':')).digest('hex');
}
