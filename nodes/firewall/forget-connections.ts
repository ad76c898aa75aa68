import { quoted } from '../shell-word';
import type { Trial } from '../program';

/**
 * A Perl script that has the kernel forget the connections of this network: a message IPCTNL_MSG_CT_DELETE without a tuple
 * (linux/netfilter/nfnetlink_conntrack.h) over netlink, which is acknowledged with an error number. Its two headers are
 * nlmsghdr and nfgenmsg.
 */
const script = String.raw`
my ($netlink, $raw, $netfilter, $ctDelete, $requestAndAck) = (16, 3, 12, 1 << 8 | 2, 5);
socket(my $socket, $netlink, $raw, $netfilter) or die "a netlink socket: $!\n";
send($socket, pack('L S S L L C C n', 20, $ctDelete, $requestAndAck, 1, 0, 0, 0, 0), 0) or die "connections: $!\n";
defined recv($socket, my $answer, 4096, 0) or die "no answer about connections: $!\n";
$! = -unpack('x16 l', $answer);
die "the kernel does not forget connections: $!\n" if $!;
`;

/** The command that has the kernel forget all connections that it follows in a network, with their translations. */
export const forgetConnections: readonly string[] = ['perl', '-e', script];

/** Says whether the kernel of a machine can do that. */
export const forgetTrial: Trial = {
  id: 'forgetting',
  level: 'required',
  script: `ip link set lo up
nft -f - <<'RULES'
table inet doctor {
  chain followed {
    type filter hook output priority 0; policy accept;
    ct state new accept
  }
}
RULES
${forgetConnections.map(quoted).join(' ')}`,
  works: 'a firewall can be made to forget its connections, for the scenario keepalive',
  fails: 'a firewall cannot be made to forget its connections, so that keepalive cannot be played',
  remedy: 'as root: modprobe nf_conntrack_netlink, where the kernel has it; other scenarios run without',
};
