import { userOf } from '../../../kit/sip-fields';
import type { Rung } from '../../../ladder';
import type { ServerWay } from '../../ue/dialler/dialler';
import type { Subscriber, UeConfig } from '../../ue/protocol';

/** What the configuration of one attempt is made of. */
export interface Settings {
  readonly config: Pick<UeConfig, 'turn'>;
  readonly subscriber: Subscriber;
  readonly rung: Pick<Rung, 'step' | 'transport'>;
  /** The way to the P-CSCF. */
  readonly way: ServerWay;
  /** Local port of SIP over UDP. */
  readonly sipPort: number;
  /** The first of {@link rtpPorts} local ports of RTP. */
  readonly rtpPort: number;
  /** File with the certificate of the only authority that is trusted. */
  readonly trustFile: string;
}

/** How many ports an attempt takes for RTP and RTCP. */
export const rtpPorts = 10;

/** The voice that Linphone speaks, of Debian's `linphone-common`: PCM at 8 kHz, played again and again. */
const voice = '/usr/share/sounds/linphone/hello8000.wav';

type Section = Readonly<Record<string, string | number>>;

/** Returns the configuration, a `linphonerc`, with which Linphone registers by a rung as soon as it has started. */
export function linphonerc({
  config: { turn },
  subscriber,
  rung,
  way,
  sipPort,
  rtpPort,
  trustFile,
}: Settings): string {
  const { transport, server, name, proxy } = way;
  const isUdp = transport === 'udp';
  const pcscf = `sip:${name}:${server.port};transport=${transport}`;
  const isNormal = rung.step === 1;
  const media: Section = isNormal ? {} : { nat_policy_ref: 'media' };
  return textOf({
    sip: {
      sip_port: isUdp ? sipPort : 0,
      sip_tcp_port: 0,
      sip_tls_port: isUdp ? 0 : -1,
      // Without the second line Linphone overrules the first. Without both it asks DNS for an AAAA record, and waits
      // 3 s for the answer where nobody gives one.
      use_ipv6: 0,
      ipv6_migration_done: 1,
      root_ca: trustFile,
      verify_server_certs: 1,
      verify_server_cn: 1,
      ...(proxy && { http_proxy_host: proxy.address, http_proxy_port: proxy.port }),
      // In step 1 it asks for no flow (RFC 5626), and below puts into its Contact no address that an NAPT gave it.
      supported: isNormal ? 'replaces' : 'replaces, outbound',
      default_proxy: 0,
      register_only_when_network_is_up: 0,
      // No receipts (RFC 5438) for the messages of the peer.
      im_notif_policy: 'none',
    },
    net: { dns_srv_enabled: 0, enable_nat_helper: isNormal ? 0 : 1, ...media },
    rtp: { audio_rtp_port: `${rtpPort}-${rtpPort + rtpPorts - 1}`, rtcp_mux: 1 },
    // Where there is no sound card, it speaks what it would play to a caller on hold.
    sound: { hold_music: voice, echocancellation: 0 },
    video: { enabled: 0 },
    proxy_0: {
      reg_proxy: `<${pcscf}>`,
      reg_route: `<${pcscf};lr>`,
      reg_identity: subscriber.impu,
      realm: subscriber.domain,
      reg_expires: 600,
      reg_sendregister: 1,
      publish: 0,
      ...media,
    },
    auth_info_0: credentials(
      userOf(subscriber.impu) ?? '',
      subscriber.impi,
      subscriber.password,
      subscriber.domain,
    ),
    nat_policy_0: {
      ref: 'media',
      stun_server: `${turn.name}:${turnPort(rung, turn.ports)}`,
      stun_server_username: turn.username,
      protocols: 'stun,turn,ice',
      turn_enable_udp: isUdp ? 1 : 0,
      turn_enable_tcp: 0,
      turn_enable_tls: isUdp ? 0 : 1,
    },
    auth_info_1: credentials(turn.username, turn.username, turn.password, subscriber.domain),
  });
}

/** Linphone takes one way to the TURN server; it is the counterpart of the signalling's: UDP, TLS, or TLS on 443. */
const turnPort = (
  { step, transport }: Settings['rung'],
  ports: Settings['config']['turn']['ports'],
): number => (transport === 'udp' ? ports.udp : step === 3 ? ports.https : ports.tls);

const credentials = (username: string, userid: string, passwd: string, domain: string): Section => ({
  username,
  userid,
  passwd,
  realm: domain,
  domain,
});

const textOf = (sections: Readonly<Record<string, Section>>): string =>
  Object.entries(sections)
    .map(([name, keys]) =>
      [`[${name}]`, ...Object.entries(keys).map(([key, value]) => `${key}=${value}`), ''].join('\n'),
    )
    .join('\n');
