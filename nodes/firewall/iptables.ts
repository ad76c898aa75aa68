import { iptables } from '../../firewalls/iptables';
import { longestIdleSeconds } from '../../firewalls/knobs';
import { forgets } from '../../firewalls/rules';
import { iptablesProgram, linuxFirewall, type FirewallConfig } from './firewall';

const rulesFile = 'rules.iptables';

/** The firewall by iptables, from the same knobs and with rules of the same names. */
export const iptablesFirewall = linuxFirewall({
  name: 'iptables',
  files: ({ knobs, addresses }) => ({ [rulesFile]: iptables(knobs, addresses) }),
  setUp: load,
  reload: load,
  programs: [iptablesProgram],
  trials: [
    {
      id: 'iptables',
      level: 'optional',
      script: `iptables-nft-restore <<'RULES'
*filter
-A FORWARD -p tcp -m bpf --bytecode "1,6 0 0 65535" -m conntrack --ctdir REPLY -m multiport --dports 80,443 -j NFLOG --nflog-group 5
-A FORWARD -m connmark --mark 0x1/0x1 -j REJECT
COMMIT
RULES`,
      works: 'iptables matches payload (bpf) and logs to nflog, for the firewall made of it',
      fails: 'iptables with the matches that the firewall made of it needs does not work',
      remedy:
        'as root: modprobe -a xt_bpf xt_multiport xt_connmark xt_conntrack; the other firewall runs without',
    },
  ],
});

/** The kernel's times for a UDP binding, and for a TCP connection that stands (nf_conntrack-sysctl). */
const timeouts = [
  'udp_timeout',
  'udp_timeout_stream',
  ...['established', 'fin_wait', 'close_wait', 'last_ack', 'max_retrans', 'unacknowledged'].map(
    (state) => `tcp_timeout_${state}`,
  ),
];

/**
 * A script that sets after how many seconds "$1" the kernel forgets a silent connection. iptables has no rule for
 * that. Where the kernel's settings cannot be written, as in a container, "$2" says whether that matters.
 */
const idleScript = `cd /proc/sys/net/netfilter
[ -w nf_conntrack_udp_timeout ] || [ "$2" = needed ] || exit 0
for name in ${timeouts.join(' ')}; do echo "$1" >"nf_conntrack_$name"; done`;

/** Returns the commands that load the rules of the node's files in place of the loaded ones. */
function load({ knobs }: FirewallConfig, folder: string): string[][] {
  const { idle } = knobs;
  const seconds = idle === 'none' ? longestIdleSeconds : idle;
  return [
    ['iptables-nft-restore', `${folder}/${rulesFile}`],
    ...(forgets(knobs)
      ? [['sh', '-ec', idleScript, 'idle', `${seconds}`, idle === 'none' ? 'wished' : 'needed']]
      : []),
  ];
}
