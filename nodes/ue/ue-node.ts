import { defineBox, type Image } from '../box';
import { programFile } from '../installation';
import { ipsecCompanion, ipsecSocket } from '../ipsec/companion';
import { accessOf, type LabFacts } from '../lab-facts';
import { openssl } from '../openssl';
import { staticSti } from '../scc-as/sti';
import { subscriberCalled } from '../subscribers';
import { writeConfig } from './config';
import { ueConfig } from './protocol';
import type { UeConfig } from './protocol';

/** Lowest local port that a UE takes; Linux begins there too. */
const firstPort = 32768;

/** The image of the UE and of the peer. */
export const ueImage: Image = {
  name: 'ue',
  title: 'nimsfw UE',
  description: 'The reference UE of nimsfw-lab, driven over stdin and stdout; with the echo, also the peer',
  user: 'own',
  // A user's command is a phone by the second one. The compose file runs the latter two beside the nodes.
  own: ['ue', 'phone', 'compose-setup', 'compose-ready'],
};

/** The reference UE. Its stdin and stdout are for `UeDriver`; its readiness is the `ready` notification there. */
export const ueNode = defineBox({
  kind: 'ue',
  place: { interfaces: [{ network: 'access', host: 2 }] },
  ports: {},
  config: ueConfig,
  configure: (lab, node) => {
    const access = accessOf(node);
    const address = access.addressOf('proxy');
    const { proxyAuthentication } = access.firewall.knobs;
    return {
      ...ueConfigFor(lab, node.node.id, access.addressOf('ue')!),
      ...(lab.securities.includes('aka') ? { ipsec: ipsecSocket } : {}),
      ...(address === undefined
        ? {}
        : {
            proxy: {
              address,
              port: lab.portsOf<{ http: number }>('proxy').http,
              ...(proxyAuthentication === 'basic' ? { credentials: lab.secrets.proxyUserOfUe } : {}),
            },
          }),
    };
  },
  files: (config) => ({
    'ue.json': writeConfig(config),
    // A user who runs stock tools beside the UE needs this file: openssl s_client -CAfile trust.pem
    'trust.pem': config.trustAnchor,
  }),
  // The UE trusts the lab's authority alone. With OpenSSL's own store beside it Node does not read its 140 authorities at the
  // first handshake, which takes a tenth of a phone's time.
  command: () => [process.execPath, '--use-openssl-ca', programFile('ue'), 'ue.json'],
  companions: ({ address, ipsec }) => (ipsec === undefined ? [] : [ipsecCompanion([address])]),
  ready: () => ({ by: 'rpc' }),
  answers: () => ({ by: 'rpc' }),
  logs: ['stderr'],
  programs: [openssl],
  image: ueImage,
  alone: { idles: true },
});

/**
 * Returns the part of the configuration that every UE of a lab has, wherever it stands.
 * @param user name of its subscriber
 */
export function ueConfigFor(lab: LabFacts, user: string, address: string): UeConfig {
  return {
    address,
    firstPort,
    pcscf: lab.server<UeConfig['pcscf']['ports']>('pcscf'),
    turn: { ...lab.server<UeConfig['turn']['ports']>('turn'), ...lab.secrets.turnUser },
    ...(lab.resolver ? { resolver: lab.resolver } : {}),
    subscriber: subscriberCalled(user, lab.secrets),
    peer: { ip: lab.addressOf('peer'), port: lab.portsOf<{ echo: number }>('peer').echo },
    peerIdentity: subscriberCalled('peer', lab.secrets).impu,
    timers: lab.timers,
    staticSti,
    trustAnchor: lab.secrets.trustAnchor,
  };
}
