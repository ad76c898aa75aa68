import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { imsCore } from '../../ims-core/ims-core';
import type { Box } from '../../box';
import type { PcscfConfig } from '../../pcscf/config';
import { ipsecSocket, pcscf } from '../../pcscf/pcscf';
import { readyText } from '../../scc-as/ready-text';
import { sccAs } from '../../scc-as/scc-as';
import { staticSti } from '../../scc-as/sti';
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

/** The lab's P-CSCF and IMS core, on loopback addresses of their own. */
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
  ) {}

  /**
   * @param users names of the users in the home network's domain; each can register with the name as password
   * @param anchored those of them whose sessions pass the SCC AS
   * @param hasCore says whether there is a core; a test that has none takes its address itself
   * @param protectedPorts of the P-CSCF, if it agrees on IPsec; the test is then the program `ipsec`, at {@link ipsecSocket}
   */
  static async start(
    users: readonly string[],
    keepAliveSeconds = 30,
    anchored: readonly string[] = [],
    hasCore = true,
    protectedPorts?: PcscfConfig['protected'],
  ): Promise<TestIms> {
    const folder = new TestFolder();
    const ca = makeCa(folder, 'run');
    const certificate = issue(folder, ca, name);
    // All of 127.0.0.0/8 belongs to the host, so each test file that runs at the same time gets addresses of its own.
    const net = `127.${64 + (process.pid % 128)}.${1 + ((process.pid >> 7) % 200)}`;
    const [address, coreAddress, core, as] = [`${net}.1`, `${net}.2`, `${net}.3`, `${net}.4`];
    // Users other than root may open these ports too.
    const ports = { udp: 5060, tls: 5061, https: 4443 };
    const subscribers = users.map((user, index) => ({
      ...subscriberOf(user),
      number: String(1001 + index),
      isAnchored: anchored.includes(user),
    }));
    const coreServer = hasCore
      ? startNode(folder, 'ims-core', imsCore, {
          address: core,
          pcscf: coreAddress,
          sccAs: { address: as, port: 5060, staticSti },
          domain,
          numberPrefix,
          subscribers,
        })
      : undefined;
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
      ...(protectedPorts ? { protected: protectedPorts } : {}),
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
    const ims = new TestIms(folder, ca, edge, coreServer, config, access, coreAddress, core, sccAsServer);
    try {
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
    return `${this.folder.file('pcscf')}/${ipsecSocket}`;
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
      reachable: nothing,
      talking: nothing,
      note: (text) => notes.push(text),
    });
    this.owners.push(owner);
    const channel = await dial(wayToPcscf(request, this.configOf('nobody')), this.access, owner);
    return { channel, owner, notes };
  }

  /** Ends all attempts that dialled. */
  hangUpAll(): void {
    for (const owner of this.owners.splice(0))
      owner.breakOff(new AttemptFailure('ABANDONED', 'the test ended'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUpAll();
    const servers = [this.pcscf, this.core, this.sccAs];
    await Promise.all(servers.map(async (server) => server?.[Symbol.asyncDispose]()));
    this.folder[Symbol.dispose]();
  }
}

function subscriberOf(user: string): { impi: string; impu: string; password: string } {
  return { impi: `${user}@${domain}`, impu: `sip:${user}@${domain}`, password: user };
}

function startNode<C>(
  folder: TestFolder,
  id: string,
  kind: Pick<Box<C>, 'files' | 'command'>,
  config: C,
): TestServer {
  const path = folder.file(id);
  mkdirSync(path);
  for (const [file, text] of Object.entries(kind.files(config, path))) writeFileSync(`${path}/${file}`, text);
  const [program = '', ...flags] = kind.command(config, path);
  return startServer([program, ...flags], path);
}
