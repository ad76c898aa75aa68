import { quoted } from '../shell-word';
import type { Trial } from '../program';

/**
 * A Perl script that has the kernel forget what it follows in this network, except TCP: it asks for the list (IPCTNL_MSG_CT_GET)
 * and sends the original tuple of each entry back to be deleted (IPCTNL_MSG_CT_DELETE, linux/netfilter/nfnetlink_conntrack.h).
 * A message begins with nlmsghdr and nfgenmsg, which are 20 bytes; attributes (nlattr) follow, each padded to 4 bytes.
 */
const script = String.raw`
my ($get, $delete, $error, $done) = (1 << 8 | 1, 1 << 8 | 2, 2, 3);
my ($request, $ack, $dump) = (1, 4, 0x300);
my ($originalTuple, $ofProtocol, $protocolNumber, $tcp, $noEntry) = (1, 2, 1, 6, 2);

sub message { my ($type, $flags, $family, $attributes) = @_;
  return pack('L S S L L C C n', 20 + length $attributes, $type, $request | $flags, 1, 0, $family, 0, 0) . $attributes }
sub padded { my ($length) = @_; return $length + 3 & ~3 }
sub attribute { my ($bytes, $wanted) = @_;
  while (length $bytes >= 4) {
    my ($length, $type) = unpack('S S', $bytes);
    last if $length < 4;
    return substr($bytes, 0, padded($length)) if ($type & 0x3fff) == $wanted;
    $bytes = substr($bytes, padded($length) < length $bytes ? padded($length) : length $bytes);
  }
  return '' }
sub inside { return length $_[0] > 4 ? substr($_[0], 4) : '' }

socket(my $socket, 16, 3, 12) or die "a netlink socket: $!\n";
sub answer { defined recv($socket, my $bytes, 1 << 20, 0) or die "no answer about connections: $!\n"; return $bytes }
sub failure { return -unpack('l', substr($_[0], 16)) }

send($socket, message($get, $dump, 0, ''), 0) or die "connections: $!\n";
my @forgotten;
LIST: while (1) {
  my $bytes = answer();
  while (length $bytes >= 16) {
    my ($length, $type) = unpack('L S', $bytes);
    last LIST if $type == $done;
    my $one = substr($bytes, 0, $length);
    if ($type == $error) { $! = failure($one); die "the kernel does not tell what it follows: $!\n" }
    $bytes = padded($length) < length $bytes ? substr($bytes, padded($length)) : '';
    my $tuple = attribute(substr($one, 20), $originalTuple);
    my $protocol = inside(attribute(inside(attribute(inside($tuple), $ofProtocol)), $protocolNumber));
    push @forgotten, [unpack('x16 C', $one), $tuple] if $protocol ne '' && unpack('C', $protocol) != $tcp;
  }
}
for (@forgotten) {
  my ($family, $tuple) = @$_;
  send($socket, message($delete, $ack, $family, $tuple), 0) or die "connections: $!\n";
  $! = failure(answer());
  die "the kernel does not forget connections: $!\n" if $! && $! != $noEntry;
}
`;

/**
 * The command that has the kernel forget what it follows in a network, with the translations, except TCP connections. All ESP
 * in UDP of a UE is one entry, whatever attempt it is of, but a TCP connection is of one attempt, which the firewall has to
 * know to the end: it would take what is sent again in the middle for the beginning of another.
 */
export const forgetBindings: readonly string[] = ['perl', '-e', script];

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
# A datagram makes the binding that is to be forgotten.
perl -e 'socket(my $s, 2, 2, 17); send($s, "x", 0, pack("S n C4 x8", 2, 9, 127, 0, 0, 1)) or die "$!\n"'
${forgetBindings.map(quoted).join(' ')}`,
  works: 'a firewall can be made to forget its bindings, for the scenario keepalive',
  fails: 'a firewall cannot be made to forget its bindings, so that keepalive cannot be played',
  remedy: 'as root: modprobe nf_conntrack_netlink, where the kernel has it; other scenarios run without',
};
