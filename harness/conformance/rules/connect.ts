import type { Observed } from '../observed';
import { rule, type Topic } from '../rule';
import type { Tunnel } from '../sighting';

/** HTTP CONNECT to a web proxy: TR 33.830 8.3 and RFC 9110. */
export const connect: Topic = {
  title: 'HTTP CONNECT',
  rules: [
    rule({
      id: 'one-connect-per-connection',
      clause: 'TR 33.830 8.3',
      isLookedUp: true,
      level: 'SHALL',
      says: 'On each TCP connection to the proxy there is one CONNECT.',
      of: 'tunnel',
      breaks: ({ targets }) => (targets.length === 1 ? undefined : `CONNECT ${targets.join(', CONNECT ')}`),
    }),
    rule({
      id: 'tls-in-tunnel',
      clause: 'TR 33.830 8.3',
      isLookedUp: true,
      level: 'SHALL',
      says: 'In a tunnel that stands there is one TLS connection.',
      of: 'tunnel',
      about: ({ statuses }) => statuses.some((status) => status >= 200 && status < 300),
      breaks: ({ handshakes }) => (handshakes === 1 ? undefined : `${handshakes} TLS handshakes`),
    }),
    rule({
      id: 'connect-target',
      clause: 'RFC 9110 9.3.6',
      level: 'MUST',
      says: 'The target of CONNECT is a host and a port.',
      of: 'tunnel',
      breaks: ({ targets }) => {
        const wrong = targets.find((target) => !/^(?:[^/@:\s]+|\[[\da-f:.]+\]):\d+$/i.test(target));
        return wrong === undefined ? undefined : `CONNECT ${wrong}`;
      },
    }),
    rule({
      id: 'connect-host',
      clause: 'RFC 9112 3.2',
      level: 'MUST',
      says: 'CONNECT has one Host, which is its target.',
      of: 'tunnel',
      breaks: ({ targets, hosts }) =>
        hosts.length === targets.length && hosts.every((host, index) => host === targets[index])
          ? undefined
          : `CONNECT ${targets.join(', ')} with Host ${hosts.join(', ') || 'none'}`,
    }),
    rule({
      id: 'connect-alpn',
      clause: 'RFC 8835 3.4',
      isLookedUp: true,
      level: 'MUST',
      says: 'CONNECT for the media of WebRTC says in ALPN what the tunnel is for (RFC 7639).',
      of: 'tunnel',
      about: carriesWebRtc,
      breaks: ({ targets, alpn }) =>
        alpn.length > 0 ? undefined : `CONNECT ${targets.join(', ')} without ALPN, and DTLS is relayed in it`,
    }),
  ],
};

/**
 * Says whether what is relayed in a tunnel is of WebRTC: it begins with a handshake of DTLS (RFC 8827 6.5), which the first
 * byte shows (RFC 7983 7).
 */
function carriesWebRtc({ capture, stream }: Tunnel, { stun }: Observed): boolean {
  return stun.some((packet) => {
    const first = packet.message.get('DATA')?.[0];
    return packet.capture === capture && packet.stream === stream && first !== undefined && isDtls(first);
  });
}

const isDtls = (first: number): boolean => first >= 20 && first <= 63;
