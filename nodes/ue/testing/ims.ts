import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { imsCore } from '../../ims-core/ims-core';
import { scscfReadyText } from '../../ims-core/scscf';
import type { Box } from '../../box';
import type { PcscfConfig } from '../../pcscf/config';
import { pcscf } from '../../pcscf/pcscf';
import { hss } from '../../hss/hss';
import type { HssConfig } from '../../hss/config';
import { readyText as hssReadyText } from '../../hss/ready-text';
import { readyText } from '../../scc-as/ready-text';
import { sccAs } from '../../scc-as/scc-as';
import { staticSti } from '../../scc-as/sti';
import { withOwnTmp } from '../../own-tmp';
import { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import { LocalPorts } from '../dialler/local-ports';
import { AttemptFailure } from '../failure';
import type { Rung } from '../../../ladder';
import { probe } from '../probe';
import type { AttemptRequest, UeConfig } from '../protocol';
import { wayToPcscf } from '../server-ways';
import { rfcTimers } from '../timers';
import { issue, makeCa } from './certificates';
import type { TestCertificate } from './certificates';
import { TestFolder } from './folder';
import { startServer, type TestServer } from './servers';

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const name = `pcscf.${domain}`;
/** No country has the country code 999 (ITU-T E.164). */
const numberPrefix = '+999001';

/** The card that all users of a {@link TestIms} have: K and OPc of test set 1 in TS 35.208 4.3. */
export const testCard = {
  k: '465b5ce8b199b49faa5f0a2ee238a6bc',
  opc: 'cd63cb71954a9f4e48a5994e37a02baf',
  amf: '8000',
};

/** The lab's P-CSCF, IMS core and HSS, on loopback addresses of their own. */
/** The socket at which a test is the program `ipsec`. */
const ipsecSocketFile = 'ipsec.sock';

export class TestIms implements AsyncDisposable {
  private readonly owners: Attempt[] = [];
  private serial = 0;

  private constructor(
    private readonly folder: TestFolder,
    private readonly ca: TestCertificate,
    readonly pcscf: TestServer,
    readonly core: TestServer | undefined,
    private readonly config: Omit<UeConfig, 'subscriber'>,
    private readonly access: Access,
    readonly pcscfCore: string,
    readonly coreAddress: string,
    /** The SCC AS, where there are users whose sessions are anchored. */
    readonly sccAs: TestServer | undefined,
    private hssServer: TestServer | undefined,
    /** The core's Kamailio that asks the HSS. */
    readonly scscf: TestServer | undefined,
    private readonly hssConfig: HssConfig,
  ) {}

  /**
   * @param users names of the users in the home network's domain; each can register with the name as password, and with
   *   {@link testCard} by AKA
   * @param anchored those of them whose sessions pass the SCC AS
   * @param hasCore says whether there is a core; a test that has none takes its address itself
   * @param protectedPorts of the P-CSCF, if it agrees on IPsec; the test is then the program `ipsec`, at {@link ipsecSocket}
   */
  static async start(
    users: readonly string[],
    keepAliveSeconds = 30,
    anchored: readonly string[] = [],
    hasCore = true,
    protectedPorts?: Omit<NonNullable<PcscfConfig['protected']>, 'ipsec'>,
  ): Promise<TestIms> {
    // Not in /tmp, which the programs do not see that have one of their own.
    const folder = new TestFolder('/var/tmp');
    const ca = makeCa(folder, 'run');
    const certificate = issue(folder, ca, name);
    // All of 127.0.0.0/8 belongs to the host, so each test file that runs at the same time gets addresses of its own.
    const net = `127.${64 + (process.pid % 128)}.${1 + ((process.pid >> 7) % 200)}`;
    const [address, coreAddress, core, as, home] = [1, 2, 3, 4, 5].map((host) => `${net}.${host}`) as [
      string,
      string,
      string,
      string,
      string,
    ];
    // Users other than root may open these ports too.
    const ports = { udp: 5060, tls: 5061, https: 4443 };
    const subscribers = users.map((user, index) => ({
      ...subscriberOf(user),
      number: String(1001 + index),
      isAnchored: anchored.includes(user),
    }));
    const hssConfig = {
      address: home,
      port: hss.ports.diameter,
      originHost: home,
      domain,
      peers: [core],
      subscribers: subscribers.map(({ impi, impu, password, number }) => ({
        impi,
        impus: [impu, `tel:${numberPrefix}${number}`],
        password,
        card: testCard,
      })),
    };
    // First, because the S-CSCF tries again only after a second.
    const hssServer = hasCore ? startNode(folder, 'hss', hss, hssConfig) : undefined;
    await hssServer?.says(hssReadyText);
    const [coreServer, scscf] = hasCore
      ? startBoth(folder, 'ims-core', imsCore, {
          address: core,
          pcscf: coreAddress,
          sccAs: { address: as, port: 5060, staticSti },
          hss: { address: home, port: hss.ports.diameter },
          domain,
          numberPrefix,
          subscribers,
        })
      : [];
    const sccAsServer =
      anchored.length === 0
        ? undefined
        : startNode(folder, 'scc-as', sccAs, {
            address: as,
            port: 5060,
            imsCore: { address: core, port: 5060 },
            domain,
            staticSti,
          });
    const edge = startNode(folder, 'pcscf', pcscf, {
      address,
      coreAddress,
      ports,
      imsCore: { address: core, port: 5060 },
      homeDomain: domain,
      keepAliveSeconds,
      ...(protectedPorts
        ? { protected: { ...protectedPorts, ipsec: `${folder.file('pcscf')}/${ipsecSocketFile}` } }
        : {}),
      certificate: certificate.certificate,
      privateKey: readFileSync(certificate.keyFile, 'utf8'),
    });
    const config = {
      address: '127.0.0.1',
      firstPort: 36_000,
      pcscf: { name, address, ports },
      turn: {
        name,
        address,
        ports: { udp: 1, tcp: 1, tls: 1, http: 1, https: 1 },
        username: '',
        password: '',
      },
      peer: { ip: '127.0.0.1', port: 1 },
      peerIdentity: 'sip:peer@ims.example',
      trustAnchor: ca.certificate,
    };
    const access = {
      address: '127.0.0.1',
      ports: new LocalPorts(36_000 + (process.pid % 100) * 200),
      trustAnchor: ca.certificate,
      timers: rfcTimers,
    };
    const ims = new TestIms(
      folder,
      ca,
      edge,
      coreServer,
      config,
      access,
      coreAddress,
      core,
      sccAsServer,
      hssServer,
      scscf,
      hssConfig,
    );
    try {
      await scscf?.says(scscfReadyText);
      await sccAsServer?.says(readyText);
      for (const ip of hasCore ? [address, core] : [address]) {
        await probe(
          { kind: 'sip-options', at: { ip, port: 5060 }, withinMs: 20_000 },
          ims.configOf('probe'),
          access,
        );
      }
    } catch (error) {
      await ims[Symbol.asyncDispose]();
      throw error;
    }
    return ims;
  }

  /** The Unix socket at which the P-CSCF looks for the program `ipsec`. */
  get ipsecSocket(): string {
    return `${this.folder.file('pcscf')}/${ipsecSocketFile}`;
  }

  /** Returns the configuration of a UE that registers as a user. */
  configOf(user: string): UeConfig {
    return { ...this.config, subscriber: { domain, ...subscriberOf(user) } };
  }

  /** Issues a certificate for another server of the home network. */
  certificateFor(server: string): TestCertificate {
    return issue(this.folder, this.ca, server);
  }

  uriOf(user: string): string {
    return `sip:${user}@${domain}`;
  }

  /** Opens a way to the P-CSCF for an attempt that {@link hangUpAll} ends. */
  async dial(rung: Rung): Promise<{ channel: Channel; owner: Attempt; notes: string[] }> {
    const request: AttemptRequest = { attempt: `t${++this.serial}`, suite: 'aes', ...rung };
    const notes: string[] = [];
    const nothing = (): void => undefined;
    const owner = new Attempt(request, {
      flow: nothing,
      identifier: nothing,
      keylog: nothing,
      espSa: nothing,
      reachable: nothing,
      talking: nothing,
      note: (text) => notes.push(text),
    });
    this.owners.push(owner);
    const channel = await dial(wayToPcscf(request, this.configOf('nobody')), this.access, owner);
    return { channel, owner, notes };
  }

  /** The HSS, where there is a core. */
  get hss(): TestServer {
    if (!this.hssServer) throw new Error('a test without a core has no HSS');
    return this.hssServer;
  }

  /** Where the HSS listens, for a test that stops it and takes its place. */
  get hssAt(): { address: string; port: number } {
    return this.hssConfig;
  }

  /** Ends the HSS; what it knew beyond its file is gone. */
  async stopHss(): Promise<void> {
    await this.hss[Symbol.asyncDispose]();
  }

  /** Starts the HSS again. */
  async startHss(): Promise<void> {
    this.hssServer = startNode(this.folder, 'hss', hss, this.hssConfig);
    await this.hssServer.says(hssReadyText);
  }

  /** Ends all attempts that dialled. */
  hangUpAll(): void {
    for (const owner of this.owners.splice(0))
      owner.breakOff(new AttemptFailure('ABANDONED', 'the test ended'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUpAll();
    const servers = [this.pcscf, this.core, this.scscf, this.sccAs, this.hssServer];
    await Promise.all(servers.map(async (server) => server?.[Symbol.asyncDispose]()));
    this.folder[Symbol.dispose]();
  }
}

function subscriberOf(user: string): { impi: string; impu: string; password: string } {
  return { impi: `${user}@${domain}`, impu: `sip:${user}@${domain}`, password: user };
}

/** Whoever is not root may not mount anything, but in a user namespace of the program's own. */
const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user'];

function startNode<C>(
  folder: TestFolder,
  id: string,
  kind: Pick<Box<C>, 'files' | 'command' | 'companions'>,
  config: C,
): TestServer {
  return startBoth(folder, id, kind, config)[0];
}

/** Starts a node's program and those beside it. */
function startBoth<C>(
  folder: TestFolder,
  id: string,
  kind: Pick<Box<C>, 'files' | 'command' | 'companions'>,
  config: C,
): [TestServer, ...TestServer[]] {
  const path = folder.file(id);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(kind.files(config, path))) writeFileSync(`${path}/${file}`, text);
  const beside = kind.companions?.(config, path) ?? [];
  return [
    startServer(kind.command(config, path), path),
    ...beside.map(({ argv, ownTmp }) =>
      startServer(ownTmp ? [...asRoot, ...withOwnTmp, ...argv] : argv, path),
    ),
  ];
}
