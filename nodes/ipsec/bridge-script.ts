import { espInUdpPort } from '../../ladder';

/** The beginning of every bridge: the lock, `ip`, and the frames. */
const beginning = String.raw`
use strict;
my ($setup, $removal, $mark, $device, @addresses) = @ARGV;
$SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
binmode STDIN; binmode STDOUT;
my ($inet, $raw, $dontWait) = (2, 3, 0x40);

sub fail { print STDERR "$_[0]\n"; exit 1 }
sub endpoint { pack('S n a4 x8', $inet, 0, $_[0]) }
sub bytesOf { pack('C4', split /\./, $_[0]) }

# Each command has a process of its own: in a batch, ip carries out only the first deleteall.
sub tidy {
  open(my $errors, '>&', \*STDERR); open(STDERR, '>', '/dev/null');
  system('ip', split / /) for split /\n/, $removal;
  open(STDERR, '>&', $errors);
}

socket(my $lock, 1, 1, 0) or fail("a socket: $!");
my $tries = 100;
until (bind($lock, pack('S a*', 1, "\0nimsfw-ipsec"))) {
  fail("another program ipsec runs in this network; end it first") if --$tries == 0;
  select(undef, undef, undef, 0.02);
}

sub indexOf {
  my ($socket, $name) = @_;
  my $request = pack('a16 x24', $name);
  return ioctl($socket, 0x8933, $request) ? unpack('x16 i', $request) : undef;
}

sub opened {
  my ($what, $socket, $domain, $type, $protocol) = @_;
  socket($_[1], $domain, $type, $protocol) or fail("$what: $!; it takes CAP_NET_RAW");
  setsockopt($_[1], 1, 33, pack('i', 1 << 23)) or setsockopt($_[1], 1, 8, pack('i', 1 << 23));
}

my $made = 0;
END { local $?; tidy() if $made }
sub make {
  my ($isLeft, $advice) = @_;
  tidy() if $isLeft;
  $made = 1;
  open(my $ip, '|-', 'ip', '-batch', '-') or fail("the program ip cannot be started: $!; install Debian's iproute2");
  print $ip $setup;
  close($ip) or fail($advice);
}

my $output = '';
sub frame { $output .= pack('N a a*', 1 + length $_[1], $_[0], $_[1]) }
sub flush {
  while (length $output) {
    my $length = syswrite(STDOUT, $output);
    exit 0 unless defined $length;
    substr($output, 0, $length, '');
  }
}
sub take {
  my ($kind, $socket) = @_;
  for (1 .. 64) {
    my $packet;
    last unless defined recv($socket, $packet, 65536, $dontWait);
    frame($kind, $packet);
  }
}
sub textOf { join '.', unpack 'C4', $_[0] }

sub carry {
  my ($do, @sources) = @_;
  frame('R', '');
  flush();
  my $all = '';
  vec($all, fileno($_), 1) = 1 for (\*STDIN, map { $_->[1] } @sources);
  my $input = '';
  while (1) {
    my $ready = $all;
    next if select($ready, undef, undef, undef) < 1;
    if (vec($ready, fileno(STDIN), 1)) {
      sysread(STDIN, $input, 1 << 18, length $input) or exit 0;
      my $at = 0;
      while (length($input) - $at >= 5) {
        my ($length, $kind) = unpack('N a', substr($input, $at, 5));
        last if length($input) - $at - 4 < $length;
        $do->{$kind}->(substr($input, $at + 5, $length - 1));
        $at += 4 + $length;
      }
      substr($input, 0, $at, '');
    }
    for (@sources) { take(@$_) if vec($ready, fileno($_->[1]), 1) }
    flush();
  }
}
`;

/**
 * A Perl script that opens the sockets that Node cannot open, and carries packets between them and its standard input and
 * output, in the frames of `frames.ts`. Every Debian has Perl (perl-base). Its arguments: a batch of `ip` that makes
 * what is needed, one that removes it, the device whose presence says that it was not removed, the device to read from,
 * and the addresses of this node.
 *
 * It removes what it has made when its input ends, however the program that holds the other end has ended; so it lives
 * through the signals that end that program. A socket in the abstract name space of this network says that it is there:
 * one that is started while another still removes things waits for it.
 *
 * - A raw socket of protocol 50 for each address takes the ESP that arrives, reassembled by the kernel, and sends ESP, which the
 *   kernel routes and fragments. As long as it is open, the kernel answers ESP with no ICMP.
 * - A packet socket (AF_PACKET) reads what rules of routing lead to the device.
 * - A raw socket with headers hands opened packets to the kernel by way of the loopback interface. There the kernel has
 *   routed the packet already when it comes in, so that no filter of source addresses (rp_filter) looks at it.
 * - A netlink socket takes messages that change the rules.
 */
export const userspaceScript = `${beginning}${String.raw`
opened('a socket that hands packets to the kernel', my $delivery, $inet, $raw, 255);
make(defined indexOf($delivery, $mark), 'it takes CAP_NET_ADMIN, and a kernel with veth');

my %esp;
for my $address (@addresses) {
  opened('a raw socket of protocol 50', my $socket, $inet, $raw, 50);
  bind($socket, endpoint(bytesOf($address))) or fail("address $address: $!; give --address one that this node has");
  $esp{bytesOf($address)} = $socket;
}
opened('a packet socket', my $outgoing, 17, 2, 0);
my $index = indexOf($outgoing, $device);
bind($outgoing, pack('S n i x12', 17, 0x0800, $index)) or fail("a packet socket on $device: $!");
socket(my $netlink, 16, $raw, 0) or fail("a netlink socket: $!");

my %do = (
  E => sub {
    my ($source, $destination) = unpack('a4 a4', $_[0]);
    defined send($esp{$source}, substr($_[0], 8), 0, endpoint($destination)) or frame('F', 'ESP to ' . textOf($destination) . ": $!");
  },
  D => sub {
    my $destination = substr($_[0], 16, 4);
    defined send($delivery, $_[0], 0, endpoint($destination)) or frame('F', 'a packet to ' . textOf($destination) . " itself: $!");
  },
  N => sub { defined send($netlink, $_[0], 0) or frame('F', "a rule: $!") },
);

carry(\%do, ['O', $outgoing], ['N', $netlink], map { ['E', $_] } values %esp);
`}`;

/**
 * The bridge for ESP in the kernel. Its arguments are the same, without the devices. For each address it holds a socket at port
 * 4500 from which the kernel takes ESP in UDP (UDP_ENCAP_ESPINUDP); it sends NAT-keepalives from there, and hands over
 * what the kernel tells about new addresses of the other ends (XFRMNLGRP_MAPPING).
 */
export const kernelScript = `${beginning}${String.raw`
make(1, 'this kernel has no ESP, or CAP_NET_ADMIN is missing; start it with --maker userspace');
my %encapsulated;
for my $address (@addresses) {
  my $bytes = bytesOf($address);
  socket(my $socket, $inet, 2, 17) or fail("a UDP socket: $!");
  bind($socket, pack('S n a4 x8', $inet, ${espInUdpPort}, $bytes)) or fail("UDP $address:${espInUdpPort} cannot be opened: $!; end what else uses it");
  setsockopt($socket, 17, 100, pack('i', 2)) or fail("the kernel takes no ESP in UDP: $!");
  $encapsulated{$bytes} = $socket;
}
socket(my $netlink, 16, $raw, 6) or fail("a netlink socket of xfrm: $!");
bind($netlink, pack('S x2 L L', 16, 0, 1 << 7)) or fail("news of xfrm: $!");

my %do = (
  K => sub {
    my ($source, $destination, $port) = unpack('a4 a4 n', $_[0]);
    send($encapsulated{$source}, "\xff", 0, pack('S n a4 x8', $inet, $port, $destination));
  },
);
# What is no ESP comes to the socket itself. It is read, so that it does not fill it.
carry(\%do, ['N', $netlink], map { ['U', $_] } values %encapsulated);
`}`;
