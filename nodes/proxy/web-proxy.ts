import { z } from 'zod';
import { proxyPolicy, webProxyPort } from '../../firewalls/proxy-policy';
import { defineBox, type Box } from '../box';
import { accessOf } from '../lab-facts';

/** The configuration of a web proxy, whichever program it is. */
export const proxyConfig = z.object({
  address: z.ipv4(),
  port: z.int(),
  /** Ports to which it opens tunnels. */
  connectPorts: z.array(z.int()),
  /** Seconds without a byte from the server after which it closes a tunnel. */
  idleSeconds: z.int().min(1),
  /** The user whom it lets through, with Basic authentication (RFC 7617); if absent, everybody may use it. */
  credentials: z.object({ username: z.string(), password: z.string() }).optional(),
  /** Address of the DNS server; if absent, names are in `/etc/hosts`. */
  resolver: z.ipv4().optional(),
  /** The CA that an intercepting proxy re-signs TLS with. */
  interception: z
    .object({ certificate: z.string(), privateKey: z.string(), trustAnchor: z.string() })
    .optional(),
});
export type ProxyConfig = z.infer<typeof proxyConfig>;

/** The kind of a web proxy's box, which is its place. */
export const proxyKind = 'proxy';

const ports = { http: webProxyPort };

type ProxyBox = Box<ProxyConfig, typeof proxyKind, typeof ports>;

/** What one web proxy has of its own; all else follows from its place and its policy. */
type OwnPart = Omit<
  ProxyBox,
  'kind' | 'name' | 'place' | 'neededFor' | 'ports' | 'config' | 'configure' | 'ready' | 'answers' | 'logs'
> & { readonly name: string };

/** Makes a box of a web proxy, which stands on the access network of each firewall that has a proxy. */
export const webProxy = (own: OwnPart): ProxyBox =>
  defineBox<ProxyConfig, typeof proxyKind, typeof ports>({
    kind: proxyKind,
    place: { interfaces: [{ network: 'access', host: 3 }] },
    neededFor: (knobs) => knobs.proxy !== 'none',
    ports,
    config: proxyConfig,
    configure: ({ secrets, resolver }, node) => {
      const access = accessOf(node);
      const policy = proxyPolicy(access.firewall.knobs);
      if (!policy) throw new Error(`firewall ${access.firewall.id} has no web proxy`);
      return {
        address: access.addressOf(proxyKind)!,
        port: ports.http,
        connectPorts: [...policy.connectPorts],
        idleSeconds: policy.idleSeconds,
        ...(resolver ? { resolver: resolver.ip } : {}),
        ...(policy.authentication === 'basic' ? { credentials: secrets.proxyUser } : {}),
        ...(policy.intercept && secrets.interception
          ? { interception: { ...secrets.interception, trustAnchor: secrets.trustAnchor } }
          : {}),
      };
    },
    ready: ({ address, port }) => ({ by: 'probe', kind: 'tcp', at: { ip: address, port } }),
    answers: ({ address, port }) => ({
      by: 'command',
      what: `HTTP at ${address}:${port}`,
      argv: (withinMs) => [
        ...['timeout', `${withinMs / 1000}`, 'bash', '--norc', '-c'],
        ...[askScript, address, `${port}`],
      ],
    }),
    logs: ['stdout', 'stderr'],
    ...own,
  });

/** A script that succeeds if a web proxy answers at "$0", port "$1", with any byte. */
const askScript =
  'exec 3<>"/dev/tcp/$0/$1"; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; head -c 1 <&3 | grep -q .';
