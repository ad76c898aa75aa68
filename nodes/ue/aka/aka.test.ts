import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { akaRungs } from '../../../ladder';
import type { EspSa, Flow, Identifier, ServiceRequest, UeConfig } from '../protocol';
import { openPcscf } from '../pcscf-way';
import { LocalPorts } from '../dialler/local-ports';
import { UserAgent } from '../sip/user-agent';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeAkaNetwork } from '../testing/fake-aka-network';
import { FakeIpsec } from '../testing/fake-ipsec';
import { freePorts } from '../testing/free-ports';
import { rfcTimers } from '../timers';
import { Ue } from '../ue';
import { Usims } from './usim';

/** The reference UE registers by IMS AKA at a network and with a program `ipsec` that are played. */

const hex = { k: '465b5ce8b199b49faa5f0a2ee238a6bc', opc: 'cd63cb71954a9f4e48a5994e37a02baf', amf: 'b9b9' };
const cardOf = (k: string) => ({
  k: Buffer.from(k, 'hex'),
  opc: Buffer.from(hex.opc, 'hex'),
  amf: Buffer.from(hex.amf, 'hex'),
});
const timers = { ...rfcTimers, sipT1: 20, sipT2: 100, sipT4: 100, goodbye: 1000 };
const [transport, inUdp] = akaRungs;

let folder: string;
let network: FakeAkaNetwork;
let ipsec: FakeIpsec;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aka-'));
  network = new FakeAkaNetwork(cardOf(hex.k));
  ipsec = new FakeIpsec();
  await network.listen();
  await ipsec.listen(join(folder, 'ipsec.sock'));
});
afterEach(async () => {
  await allRemoved();
  network.close();
  ipsec.close();
  rmSync(folder, { recursive: true });
});

async function makeUe(more: Partial<UeConfig> = {}, card: UeConfig['subscriber']['card'] = hex) {
  const [firstPort] = await freePorts(1);
  const ports = { udp: network.ports.plain, tcp: 1, tls: 1, http: 1, https: 1 };
  const config: UeConfig = {
    address: '127.0.0.1',
    firstPort: Math.min(firstPort!, 60_000),
    pcscf: { name: 'pcscf.example', address: '127.0.0.1', ports },
    turn: { name: 'turn.example', address: '127.0.0.1', ports, username: 'u', password: 'p' },
    subscriber: {
      domain: 'ims.example',
      impi: 'a@ims.example',
      impu: 'sip:a@ims.example',
      password: '',
      card,
    },
    peer: { ip: '127.0.0.1', port: 9 },
    peerIdentity: 'sip:peer@ims.example',
    trustAnchor: '',
    ipsec: join(folder, 'ipsec.sock'),
    ...more,
  };
  const told = {
    flows: [] as Flow[],
    identifiers: [] as Identifier[],
    espSas: [] as EspSa[],
    notes: [] as string[],
  };
  const ue = new Ue(
    config,
    {
      flow: (flow) => told.flows.push(flow),
      identifier: (identifier) => told.identifiers.push(identifier),
      keylog: () => undefined,
      espSa: (espSa) => told.espSas.push(espSa),
      note: (text) => told.notes.push(text),
    },
    timers,
  );
  return { ue, told, config };
}

const ask = (attempt = 'a1', rung = transport!): ServiceRequest => ({ attempt, ...rung, suite: 'aes' });

/** Waits until something holds, but not for ever. */
async function soon(check: () => void): Promise<void> {
  for (const until = Date.now() + 3000; ;) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
/** Returns an attempt that ends when the test says so, and what registers in it. */
function registering(config: UeConfig) {
  const { subscriber, address, firstPort } = config;
  const attempt = new FakeAttempt(ask());
  const access = { address, ports: new LocalPorts(firstPort), trustAnchor: '', timers, usims: new Usims() };
  const register = async () => {
    const way = await openPcscf({ request: ask(), config, subscriber, access, attempt });
    const agent = new UserAgent(way.channel, subscriber, timers, attempt, way.security);
    await agent.register();
    return { way, agent };
  };
  return { attempt, register };
}

const allRemoved = () => soon(() => expect(ipsec.sets.size).toBe(0));

describe('the UE by IMS AKA', () => {
  it('registers over security associations and leaves, challenged anew (TS 24.229 5.1.1)', async () => {
    const { ue, told } = await makeUe();
    const report = await ue.register(ask());
    expect(report).toMatchObject({ end: 'passed' });
    expect(report.failure).toBeUndefined();
    expect(network.faults).toEqual([]);
    expect(told.notes.filter((note) => !note.includes('no notification that'))).toEqual([]);
    expect(network.came).toEqual([
      ...['plain REGISTER', 'server REGISTER', 'server SUBSCRIBE'],
      ...['server REGISTER', 'server REGISTER'],
    ]);
    const [first, second] = ipsec.made;
    expect(first).toMatchObject({ mode: 'trans', integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' });
    expect(first!.other).toMatchObject({
      address: '127.0.0.1',
      ...{ clientPort: network.ports.client, serverPort: network.ports.server },
    });
    // TS 33.203 7.4: the protected server port stays, all else is fresh.
    expect(second!.self.serverPort).toBe(first!.self.serverPort);
    for (const fresh of ['clientPort', 'clientSpi', 'serverSpi'] as const)
      expect(second!.self[fresh]).not.toBe(first!.self[fresh]);
    expect(ipsec.extended[0]).toBe(600_030);
    await allRemoved();
  });

  it('tells the lab of the security associations before it makes them', async () => {
    const { ue, told } = await makeUe();
    let atAdd: string[] = [];
    ipsec.onAdd = () => {
      if (atAdd.length > 0) return;
      atAdd = [
        ...told.flows.map(({ protocol, remote }) => `${protocol} ${remote.port}`),
        ...told.identifiers.filter(({ kind }) => kind === 'esp-spi').map(({ value }) => value),
        ...told.espSas.map(({ line }) => line.split(',')[3]!),
      ];
    };
    await ue.register(ask());
    const { self, other } = ipsec.made[0]!;
    const spis = [self.serverSpi, self.clientSpi, other.serverSpi, other.clientSpi].map((spi) =>
      spi.toString(16).padStart(8, '0'),
    );
    expect(atAdd).toEqual([
      ...[`udp ${network.ports.plain}`, 'esp 0'],
      ...spis,
      ...spis.map((spi) => `"0x${spi}"`),
    ]);
  });

  it('takes ESP in UDP in step 2 (TS 33.203 Annex M)', async () => {
    const { ue, told } = await makeUe();
    expect(await ue.register(ask('a1', inUdp))).toMatchObject({ end: 'passed' });
    expect(ipsec.made[0]).toMatchObject({ mode: 'UDP-enc-tun', outer: { ip: '127.0.0.1', port: 4500 } });
    expect(told.flows[1]).toMatchObject({
      protocol: 'udp',
      local: { ip: '127.0.0.1', port: 4500 },
      remote: { ip: '127.0.0.1', port: 4500 },
    });
    expect(network.faults).toEqual([]);
  });

  it('sends all else protected too, by the protected server port of the P-CSCF', async () => {
    const { config } = await makeUe();
    const { attempt, register } = registering(config);
    const { way, agent } = await register();
    await agent.message('sip:b@ims.example', 'hello');
    expect(network.came.at(-1)).toBe('server MESSAGE');
    const message = network.texts.at(-1)!;
    expect(message).toMatch(new RegExp(`^Route: <sip:127.0.0.1:${network.ports.server};lr>\\r$`, 'm'));
    expect(message).toMatch(new RegExp(`^Via: SIP/2.0/UDP 127.0.0.1:${way.channel.local.port};`, 'm'));
    expect(message).toMatch(/^Supported: (?:.*,)?sec-agree\r$/m);
    expect(network.faults).toEqual([]);
    attempt.end();
  });

  it('synchronises the SQN of the network with its own', async () => {
    const { ue } = await makeUe();
    network.sqn = (1n << 40n) + 32n;
    // More than Delta ahead of the card.
    expect(await ue.register(ask())).toMatchObject({ end: 'passed' });
    expect(network.faults).toEqual([]);
    expect(network.came.slice(0, 3)).toEqual(['plain REGISTER', 'plain REGISTER', 'server REGISTER']);
  });

  it('leaves a network that does not know its key, after two answers', async () => {
    const { ue } = await makeUe({}, { ...hex, k: '00000000000000000000000000000000' });
    expect(await ue.register(ask())).toMatchObject({
      end: 'failed',
      failure: {
        code: 'NETWORK_UNTRUSTED',
        text: "the network's AUTN fails its MAC: it does not know the subscriber's key",
      },
    });
    // TS 24.229 5.1.1.5.3: an empty response and no AUTS.
    expect(network.came).toEqual(Array(3).fill('plain REGISTER'));
    expect(network.texts[2]).toMatch(/^Authorization: .*nonce="[^"]{44}", response=""/m);
    expect(network.texts[2]).not.toContain('auts');
    expect(ipsec.made).toEqual([]);
  });

  it('says that the MAC was wrong also where the network refuses the answer', async () => {
    const { ue } = await makeUe();
    network.autn = (autn) => Buffer.concat([autn.subarray(0, 15), Buffer.from([autn[15]! ^ 1])]);
    network.change = (answer, request) =>
      request.includes('nonce=""') ? answer : answer.replace('401 Unauthorized', '403 Forbidden');
    expect((await ue.register(ask())).failure?.code).toBe('NETWORK_UNTRUSTED');
  });

  const noAgreement = 'no security agreement (RFC 3329): ';
  it.each<[string, (answer: string) => string, string, string]>([
    [
      'has no Security-Server',
      (text) => text.replace(/Security-Server: .*\r\n/, ''),
      'SECURITY_NOT_AGREED',
      `${noAgreement}the 401 to REGISTER has no Security-Server`,
    ],
    [
      'has none but unknown algorithms',
      (text) => text.replaceAll(/alg=hmac-[^;]*/g, 'alg=hmac-sha-512'),
      'SECURITY_NOT_AGREED',
      `${noAgreement}the Security-Server of the P-CSCF has none of the mechanisms that the UE offered`,
    ],
    [
      'is 494',
      (text) => text.replace('401 Unauthorized', '494 Security Agreement Required'),
      'SECURITY_NOT_AGREED',
      `${noAgreement}the P-CSCF answered 494 Security Agreement Required`,
    ],
    ...['403 Forbidden', '504 Server Time-out'].map(
      (status): [string, (text: string) => string, string, string] => [
        `is ${status}`,
        (text) => text.replace('401 Unauthorized', status),
        'SIP_REFUSED',
        `REGISTER was answered with ${status}`,
      ],
    ),
    [
      'asks for SIP Digest',
      (text) => text.replace('AKAv1-MD5', 'MD5'),
      'SIP_PROTOCOL',
      'the challenge to REGISTER cannot be answered: it does not ask for AKAv1-MD5 (RFC 3310), but for MD5',
    ],
    [
      'has a short nonce',
      (text) => text.replace(/nonce="[^"]*"/, 'nonce="AAAA"'),
      'SIP_PROTOCOL',
      'the challenge to REGISTER cannot be answered: its nonce is not RAND and AUTN in base64',
    ],
  ])('ends when the first answer %s', async (_, change, code, text) => {
    const { ue } = await makeUe();
    network.change = change;
    expect((await ue.register(ask())).failure).toEqual({ code, text });
    expect(ipsec.made).toEqual([]);
  });

  it('removes what it has made when the protected REGISTER is refused', async () => {
    const { ue } = await makeUe();
    network.change = (answer, request) =>
      request.includes('Security-Verify') ? answer.replace('200 OK', '504 Server Time-out') : answer;
    expect((await ue.register(ask())).failure?.text).toBe('REGISTER was answered with 504 Server Time-out');
    expect(ipsec.made).toHaveLength(1);
    await allRemoved();
  });

  it('leaves a network whose 200 has a wrong rspauth', async () => {
    const { ue } = await makeUe();
    network.change = (answer) => answer.replace(/rspauth="./, 'rspauth="x');
    expect((await ue.register(ask())).failure?.code).toBe('NETWORK_UNTRUSTED');
    await allRemoved();
  });

  it('leaves a network that asks for no proof', async () => {
    const { ue } = await makeUe();
    network.change = (answer) => answer.replace('401 Unauthorized', '200 OK');
    expect((await ue.register(ask())).failure?.code).toBe('SIP_REFUSED');
  });

  it('cannot do it without the program ipsec or without a card', async () => {
    const without = await makeUe({ ipsec: undefined });
    expect(await without.ue.register(ask())).toMatchObject({
      end: 'unsupported',
      failure: { text: 'no IMS AKA: this UE has no program ipsec that makes security associations' },
    });
    const { ue } = await makeUe({
      subscriber: { domain: 'ims.example', impi: 'a@ims.example', impu: 'sip:a@ims.example', password: '' },
    });
    expect(await ue.register(ask())).toMatchObject({
      end: 'unsupported',
      failure: { text: 'no IMS AKA: the subscriber a@ims.example has no USIM (card)' },
    });
    expect(network.came).toEqual([]);
  });

  it('says that the program ipsec is not there, or refuses', async () => {
    const path = join(folder, 'none.sock');
    const absent = await makeUe({ ipsec: path });
    expect((await absent.ue.register(ask())).failure).toEqual({
      code: 'SECURITY_NOT_AGREED',
      text: `the security associations cannot be made: no program ipsec answers at ${path} (ENOENT); start it first`,
    });
    ipsec.onAdd = () => {
      throw new Error('no ESP here');
    };
    const { ue } = await makeUe();
    expect((await ue.register(ask())).failure).toEqual({
      code: 'SECURITY_NOT_AGREED',
      text: 'the security associations cannot be made: no ESP here',
    });
  });

  it('removes a set that is made while the attempt is abandoned', async () => {
    const { ue } = await makeUe();
    ipsec.onAdd = () => ue.abandon({ attempt: 'a1' });
    expect(await ue.register(ask())).toMatchObject({ end: 'abandoned' });
    await soon(() => expect(ipsec.made).toHaveLength(1));
    await allRemoved();
  });

  it.each([
    ['in the clear', 'plain REGISTER', 0],
    ['of ESP', 'server REGISTER', 1],
  ])('ends when its way %s is given up', async (_, when, which) => {
    const { ue, told } = await makeUe();
    network.change = (answer) => (network.came.at(-1) === when ? undefined : answer);
    const registered = ue.register(ask());
    await soon(() => expect(network.came).toContain(when));
    const { protocol, local, remote } = told.flows[which]!;
    ue.abandon({ attempt: 'a1', flow: { protocol, local, remote } });
    expect(await registered).toMatchObject({ end: 'abandoned' });
    await allRemoved();
  });

  it('registers again in one attempt, with other ports and SPIs, and while the first registration is still there', async () => {
    const { config } = await makeUe();
    const { attempt, register } = registering(config);
    await register();
    const { agent } = await register();
    expect(ipsec.sets.size).toBe(2);
    expect(new Set(ipsec.made.map(({ self }) => self.serverPort)).size).toBe(2);
    await agent.deregister();
    // What the end of the registration has removed is gone before the attempt ends.
    expect([...ipsec.sets.values()]).toEqual([ipsec.made[0]]);
    attempt.end();
    await allRemoved();
  });

  it('makes two attempts at once, each with its own ports and SPIs', async () => {
    const { ue } = await makeUe();
    const subscriber = {
      ...{ domain: 'ims.example', impi: 'b@ims.example', impu: 'sip:b@ims.example', password: '', card: hex },
    };
    const reports = await Promise.all([ue.register(ask('a1')), ue.register({ ...ask('a2'), subscriber })]);
    expect(reports.map(({ end }) => end)).toEqual(['passed', 'passed']);
    const spis = ipsec.made.flatMap(({ self }) => [self.clientSpi, self.serverSpi]);
    expect(new Set(spis).size).toBe(spis.length);
    expect(new Set(ipsec.made.map(({ self }) => self.serverPort)).size).toBe(2);
    expect(network.faults).toEqual([]);
    await allRemoved();
  });
});
