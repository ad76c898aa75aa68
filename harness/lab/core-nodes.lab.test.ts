import { createHash, randomBytes } from 'node:crypto';
import { toTurn } from '../../ladder/testing/rungs';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { signalNode } from '../testing/processes';
import type { Answer, Question } from '../testing/raw-client';
import { homeDomain, nameInHomeNetwork } from '../../nodes/home-network';
import type { AccessNetwork } from './access-network';
import { ImsLab } from './ims-lab';
import { netns } from './netns';

/** Tests clause by clause what a UE can expect of the core. The UE of type 0 sends the bytes of the test. */

const open = builtInCatalogue.find(({ id }) => id === '0')!;
const proxied = builtInCatalogue.find(({ id }) => id === '8')!;
const files = new Map<string, Readonly<Record<string, string>>>();

let lab: ImsLab;
let access: AccessNetwork;
let behindProxy: AccessNetwork;

beforeAll(async () => {
  lab = await ImsLab.start({
    backend: netns,
    catalogue: builtInCatalogue,
    firewalls: [open, proxied],
    log: () => new PassThrough().resume(),
    answersWithinMs: 2000,
    onFiles: (id, written) => void files.set(id, written),
  });
  [access, behindProxy] = await Promise.all([lab.startAccess(open), lab.startAccess(proxied)]);
  await lab.coreReady;
});

afterAll(() => lab?.[Symbol.asyncDispose]());

let port = 41_000;

async function ask(question: Partial<Question> & Pick<Question, 'send' | 'until'>): Promise<Answer> {
  const complete: Question = {
    transport: 'udp',
    local: { ip: access.at.ue, port: ++port },
    remote: { ip: lab.addressOf('pcscf'), port: 5060 },
    withinMs: 5000,
    name: nameInHomeNetwork('pcscf'),
    ...question,
  };
  const program = join(__dirname, '../testing/raw-client.js');
  const { exitCode, stdout, stderr } = await lab
    .node('ue-0')
    .exec([process.execPath, program, JSON.stringify(complete)]);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

const inTls = (remotePort: number): Partial<Question> => ({
  transport: 'tls',
  remote: { ip: lab.addressOf('pcscf'), port: remotePort },
});

interface Register {
  readonly transport?: 'UDP' | 'TLS';
  readonly sentBy: string;
  readonly rport?: boolean;
  readonly user?: string;
  readonly expires?: number;
  readonly authorization?: string;
  readonly method?: string;
}

function request({
  transport = 'UDP',
  sentBy,
  rport,
  user = 'ue-0',
  expires = 600,
  authorization,
  method = 'REGISTER',
}: Register): string {
  const contact = `<sip:${user}@${sentBy};transport=${transport.toLowerCase()};ob>`;
  return [
    `${method} sip:${homeDomain} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=z9hG4bK${randomBytes(6).toString('hex')}${rport ? ';rport' : ''}`,
    'Max-Forwards: 70',
    `From: <sip:${user}@${homeDomain}>;tag=${randomBytes(4).toString('hex')}`,
    `To: <sip:${user}@${homeDomain}>`,
    `Call-ID: ${randomBytes(6).toString('hex')}`,
    `CSeq: 1 ${method}`,
    `Contact: ${contact};reg-id=1;+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>";expires=${expires}`,
    'Supported: path, outbound',
    `Expires: ${expires}`,
    ...(authorization ? [authorization] : []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Answers the challenge in a 401 (RFC 2617 3.2.2). */
function credentials(challenge: string, impi: string, password: string): string {
  const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const uri = `sip:${homeDomain}`;
  const middle = `${nonce}:00000001:raw:auth`;
  const response = md5(`${md5(`${impi}:${homeDomain}:${password}`)}:${middle}:${md5(`REGISTER:${uri}`)}`);
  return `Authorization: Digest username="${impi}", realm="${homeDomain}", nonce="${nonce}", uri="${uri}", response="${response}", qop=auth, nc=00000001, cnonce="raw"`;
}

const passwordOf = (node: string): string =>
  (JSON.parse(files.get(node)!['ue.json']!) as { subscriber: { password: string } }).subscriber.password;

/** Registers with Digest in two requests; gives the status line and headers of the last answer. */
async function register(
  where: Partial<Question>,
  options: { user?: string; impi?: string; password?: string; expires?: number } = {},
): Promise<string> {
  const transport = where.transport === 'tls' ? 'TLS' : 'UDP';
  const {
    user = 'ue-0',
    impi = `ue-0@${homeDomain}`,
    password = passwordOf('ue-0'),
    expires = 600,
  } = options;
  const once = async (authorization?: string): Promise<string> => {
    const sentBy = `${access.at.ue}:${port + 1}`;
    const text = request({
      transport,
      sentBy,
      rport: true,
      user,
      expires,
      ...(authorization ? { authorization } : {}),
    });
    return (await ask({ ...where, send: text, until: '\\r\\n\\r\\n' })).received;
  };
  const challenge = await once();
  return challenge.startsWith('SIP/2.0 401') ? once(credentials(challenge, impi, password)) : challenge;
}

describe('P-CSCF', () => {
  it('answers to the port in the Via without rport, as RFC 3261 18.2.2 says', async () => {
    const sentBy = `${access.at.ue}:6060`;
    const answer = await ask({ send: request({ sentBy }), until: 'SIP/2.0 401', alsoListenAt: 6060 });
    expect(answer.received).toBe('');
    expect(answer.elsewhere).toMatch(/^SIP\/2\.0 401 /);
  });

  it('answers to the source port with rport, as RFC 3581 says', async () => {
    const sentBy = `${access.at.ue}:6060`;
    const answer = await ask({
      send: request({ sentBy, rport: true }),
      until: 'SIP/2.0 401',
      alsoListenAt: 6060,
    });
    expect(answer.elsewhere).toBe('');
    expect(answer.received).toMatch(new RegExp(`rport=${port}\\b`));
  });

  it.each([443, 5061])(
    'takes TLS on %d with no SIP before, and answers the CRLF ping of RFC 5626',
    async (at) => {
      const { received } = await ask({ ...inTls(at), send: '\r\n\r\n', until: '^\\r\\n' });
      expect(received).toBe('\r\n');
    },
  );

  it.each([
    ['AES128-SHA:@SECLEVEL=0', 'AES128-SHA', 'TLSv1.2'],
    // TS 33.203 O.2.1: beside the NULL suite a UE offers one that encrypts.
    ['NULL-SHA:AES128-SHA:@SECLEVEL=0', 'NULL-SHA', 'TLSv1.2'],
    [undefined, 'TLS_AES_256_GCM_SHA384', 'TLSv1.3'],
  ])('agrees on %s', async (ciphers, cipher, protocol) => {
    const offer = ciphers === undefined ? {} : { ciphers };
    const answer = await ask({ ...inTls(443), ...offer, send: '', until: '' });
    expect(answer).toMatchObject({ cipher, protocol });
  });

  it('answers a STUN Binding request on its SIP port (RFC 5626 4.4.2)', async () => {
    const transaction = 'abcdefghijkl';
    const binding = `\x00\x01\x00\x00\x21\x12\xa4\x42${transaction}`;
    const { received } = await ask({ send: binding, until: transaction });
    expect(received.slice(0, 2)).toBe('\x01\x01');
  });

  it('adds a Path with a flow token for a UE that offers outbound (RFC 5626 5.1)', async () => {
    const answer = await register(inTls(443));
    expect(answer).toMatch(/^SIP\/2\.0 200 /);
    expect(answer).toMatch(
      new RegExp(`^Path: <sip:[^@]+@${lab.addressOf('pcscf', 'core')}[^>]*;lr;ob>`, 'm'),
    );
    expect(await register(inTls(443), { expires: 0 })).toMatch(/^SIP\/2\.0 200 /);
  });

  it('serves only who registered over the flow (TS 24.229 5.2.6)', async () => {
    const message = (user: string) => {
      const sentBy = `${access.at.ue}:${port + 1}`;
      return ask({ send: request({ sentBy, rport: true, method: 'MESSAGE', user }), until: '\\r\\n\\r\\n' });
    };
    expect((await message('ue-0')).received).toMatch(/^SIP\/2\.0 403 Not Registered Over This Flow\r\n/);
    // Another port is another flow.
    expect(await register({})).toMatch(/^SIP\/2\.0 200 /);
    expect((await message('ue-0')).received).toMatch(/^SIP\/2\.0 403 Not Registered Over This Flow\r\n/);
    expect(await register({}, { expires: 0 })).toMatch(/^SIP\/2\.0 200 /);
  });

  it('recommends a keep-alive interval to who offers to keep (RFC 6223)', async () => {
    const sentBy = `${access.at.ue}:${port + 1}`;
    const send = request({ sentBy, rport: true }).replace(';rport', ';rport;keep');
    const { received } = await ask({ send, until: '\\r\\n\\r\\n' });
    expect(/^Via: (.*)\r$/m.exec(received)?.[1]).toMatch(/;keep=30(;|$)/);
    const without = await ask({ send: request({ sentBy, rport: true }), until: '\\r\\n\\r\\n' });
    expect(without.received).not.toContain('keep');
  });
});

describe('IMS core', () => {
  it('never registers with a wrong password', async () => {
    expect(await register({}, { password: 'guessed' })).toMatch(/^SIP\/2\.0 401 /);
  });

  it("refuses another subscriber's identity", async () => {
    expect(await register({}, { user: 'ue-8' })).toMatch(/^SIP\/2\.0 403 /);
  });

  it('refuses whom the HSS does not know (TS 24.229 5.4.1.2.2)', async () => {
    expect(await register({}, { impi: `nobody@${homeDomain}`, user: 'nobody' })).toMatch(
      /^SIP\/2\.0 403 User Unknown\r\n/,
    );
  });
});

describe('TURN server', () => {
  it.each([
    [2, 'udp:3478'],
    [2, 'tcp:3478'],
    [2, 'tls:5349'],
    [3, 'tcp:80'],
    [3, 'tls:443'],
  ] as const)('relays at step %d by %s', async (step, via) => {
    const report = await access.ue.attempt('relay', {
      attempt: `turn ${via}`,
      ...toTurn(step, via),
      suite: 'aes',
    });
    expect(report.failure).toBeUndefined();
    expect(report.end).toBe('passed');
  });

  it('challenges who brings no credentials (RFC 8489 9.2)', async () => {
    // Allocate (0x003), REQUESTED-TRANSPORT (0x0019) UDP (17): RFC 8656 clause 18.
    const allocate = `\x00\x03\x00\x08\x21\x12\xa4\x42zyxwvutsrqpo\x00\x19\x00\x04\x11\x00\x00\x00`;
    const remote = { ip: lab.addressOf('turn'), port: 3478 };
    const { received } = await ask({ remote, send: allocate, until: 'zyxwvutsrqpo' });
    expect(received.slice(0, 2)).toBe('\x01\x13');
    expect(received).toContain(homeDomain);
  });
});

describe('web proxy', () => {
  async function through(line: string): Promise<string> {
    const script = `exec 3<>/dev/tcp/${behindProxy.at.proxy}/3128; printf '%s\\r\\nHost: x\\r\\n\\r\\n' "$0" >&3; head -n 1 <&3`;
    return (await lab.node('ue-8').exec(['bash', '--norc', '-c', script, line])).stdout.trim();
  }

  it('opens a tunnel to 443', async () => {
    expect(await through(`CONNECT ${nameInHomeNetwork('pcscf')}:443 HTTP/1.1`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('opens none to 5061, and fetches nothing', async () => {
    expect(await through(`CONNECT ${nameInHomeNetwork('pcscf')}:5061 HTTP/1.1`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await through(`GET http://${nameInHomeNetwork('turn')}/ HTTP/1.1`)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

// These tests come last, because a stopped node does not go on.
describe('a node that hangs', () => {
  const what = {
    'ims-core': ['kamailio', 'sip-register at [\\d.]+:5060', 'kamailio.cfg'],
    hss: ['node', 'a connection at [\\d.]+:3868'],
    turn: ['turnserver', 'turn-allocate at [\\d.]+:3478'],
    'proxy-8': ['squid', 'HTTP at [\\d.]+:3128'],
    'ue-8': ['node', 'the lab'],
    pcscf: ['kamailio', 'sip-options at [\\d.]+:5060'],
    peer: ['node', 'the lab'],
  } as const;
  type Hanging = keyof typeof what;

  // Nodes whose questions pass another node are tested before that node, because nothing can be said of a node
  // behind one that hangs.
  it.each<[Hanging[]]>([[['ims-core', 'hss', 'turn', 'proxy-8', 'ue-8']], [['pcscf']], [['peer']]])(
    'is told of, and no other: %j',
    async (hanging) => {
      const before = lab.outages.all.map(({ node }) => node);
      for (const node of hanging) {
        const [program, , script] = what[node] as readonly [string, string, string?];
        signalNode(process.pid, node, program, 'SIGSTOP', script);
      }
      await lab.checkUp([...lab.topology.core.keys(), ...behindProxy.nodes.all]);
      const told = lab.outages.all.filter(({ node }) => !before.includes(node));
      expect(told.map(({ node }) => node).sort()).toEqual([...hanging].sort());
      for (const { node, code, text } of told) {
        expect(code).toBe('NOT_ANSWERING');
        expect(text).toMatch(
          new RegExp(
            `^${node} runs, but has not answered ${what[node as Hanging][1]} for 2 s; look at its log$`,
          ),
        );
      }
    },
  );

  it('is told of as the part that it is, if that stands beside its program', async () => {
    await using other = await ImsLab.start({
      ...{ backend: netns, catalogue: builtInCatalogue, firewalls: [open] },
      ...{ log: () => new PassThrough().resume(), answersWithinMs: 2000 },
    });
    await other.startAccess(open);
    await other.coreReady;
    signalNode(process.pid, 'ims-core', 'kamailio', 'SIGSTOP', 'scscf.cfg');
    await other.checkUp([...other.topology.core.keys()]);
    expect(other.outages.all).toEqual([
      expect.objectContaining({
        ...{ node: 'ims-core', code: 'NOT_ANSWERING' },
        text: expect.stringMatching(
          /^the scscf of ims-core runs, but has not answered OPTIONS at [\d.]+:5062 for 2 s; look at its log$/,
        ) as string,
      }),
    ]);
  });
});
