import { z } from 'zod';
import { defineBox } from '../../nodes/box';
import { openssl } from '../../nodes/openssl';

/**
 * A box of one's own: a web site on the open side, in TLS on port 443. A user behind a firewall opens it to see whether
 * anything gets through at all. In the lab it is the node `web-site`, called web.ims.mnc001.mcc001.3gppnetwork.org.
 */
export const webSite = defineBox({
  kind: 'web-site',
  // Other boxes have the hosts 10, 30 and 40 of the transit segment; two boxes at one address are refused.
  place: { interfaces: [{ network: 'transit', host: 50 }] },
  ports: { https: 443 },
  // A box with a host name gets a certificate of the lab's CA, which every UE trusts.
  hostName: 'web',
  config: z.object({
    address: z.ipv4(),
    port: z.int(),
    certificate: z.string(),
    privateKey: z.string(),
  }),
  configure: (lab) => {
    const { address, ports } = lab.server<{ https: number }>('web-site');
    return { address, port: ports.https, ...lab.certificateOf('web-site') };
  },
  files: ({ certificate, privateKey }) => ({ 'tls.crt': certificate, 'tls.key': privateKey }),
  command: ({ address, port }) => [
    ...['openssl', 's_server', '-www', '-accept', `${address}:${port}`],
    ...['-cert', 'tls.crt', '-key', 'tls.key'],
  ],
  // The UE at the other end asks it over the network.
  ready: ({ address, port }) => ({ by: 'probe', kind: 'tcp', at: { ip: address, port } }),
  answers: ({ address, port }) => ({ by: 'probe', kind: 'tcp', at: { ip: address, port } }),
  logs: ['stdout', 'stderr'],
  programs: [openssl],
  image: {
    name: 'web-site',
    title: 'web site',
    description: 'openssl s_server, as a web site that says with what TLS it was asked',
    user: 'own',
  },
});
