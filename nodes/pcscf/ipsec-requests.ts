import { espInUdpPort, ipsecModes } from '../../ladder';
import { encryptionAlgorithms, integrityAlgorithms } from '../ipsec/protocol';

/** Seconds that the program `ipsec` has for its answer. It takes some milliseconds. */
const patience = 2;

/**
 * A Perl function, `ipsec`, that has the program `ipsec` make, extend or remove a set of security associations
 * (`nodes/ipsec/protocol.ts`). What it shall do are the words in `$var(ipsec)`:
 *
 * - `add NAME MODE INTEGRITY ENCRYPTION IK CK SECONDS`, then of each end, the P-CSCF's first, `ADDRESS PORT-C PORT-S SPI-C
 *   SPI-S`, then the address to which the UDP of `UDP-enc-tun` is sent
 * - `extend NAME SECONDS`
 * - `remove NAME`
 *
 * It succeeds when the program has done it. If not, it leaves one line in the AVP `ipsec_error`, without any key. Words
 * that are not exactly as above are never sent. While it waits, the process of Kamailio does nothing else.
 * @param socket of the program; a name that begins with `@` is in the abstract namespace (unix(7)), where Node may fill it up
 *   with zeros, and Perl does not
 */
export const ipsecRequests = (socket: string): string => String.raw`
require IO::Socket::UNIX;
require Socket;

my $number = qr/([0-9]{1,10})/;
my $address = qr/((?:[0-9]{1,3}[.]){3}[0-9]{1,3})/;
my $key = qr/([0-9a-f]{32})/;
my $end = qr/$address $number $number $number $number/;
my $udp_port = ${espInUdpPort};
my $end_in_json = '{"address":"%s","clientPort":%d,"serverPort":%d,"clientSpi":%d,"serverSpi":%d}';

my @requests = (
  [
    qr/\Aadd $number (${ipsecModes.join('|')}) (${integrityAlgorithms.join('|')}) (${encryptionAlgorithms.join('|')}) $key $key $number $end $end $address\z/,
    '{"id":1,"method":"add","params":{"name":"%s","mode":"%s","integrity":"%s","encryption":"%s","ik":"%s","ck":"%s",'
      . qq("lifetimeSeconds":%d,"self":$end_in_json,"other":$end_in_json,"outer":{"ip":"%s","port":$udp_port}}}),
  ],
  [
    qr/\Aextend $number $number\z/,
    '{"id":1,"method":"extend","params":{"name":"%s","lifetimeSeconds":%d}}',
  ],
  [qr/\Aremove $number\z/, '{"id":1,"method":"remove","params":{"name":"%s"}}'],
);

sub request_in_json {
  my ($words) = @_;
  for my $request (@requests) {
    my ($pattern, $json) = @$request;
    my @values = $words =~ $pattern or next;
    return sprintf $json, @values;
  }
  die "the words of the request are not as they have to be\n";
}

# Returns the line that the program answers.
sub answer_of_ipsec {
  my ($line) = @_;
  my $name = '${socket}' =~ s/\A@/\0/r;
  my ($socket) = grep { defined } map { IO::Socket::UNIX->new(Type => Socket::SOCK_STREAM(), Peer => $_) }
    $name =~ /\A\0/ ? ($name, $name . "\0" x (108 - length $name)) : ($name);
  defined $socket or die "the program ipsec cannot be reached ($!)\n";
  defined $socket->send("$line\n", Socket::MSG_NOSIGNAL()) or die "the program ipsec takes no request ($!)\n";
  my ($answer, $left) = ("", ${patience});
  until ($answer =~ /\n/) {
    my $ready = "";
    vec($ready, fileno($socket), 1) = 1;
    # Linux says how much of the time is left.
    (my $found, $left) = select($ready, undef, undef, $left);
    die "the program ipsec has not answered within ${patience} s\n" unless $found > 0;
    my $read = sysread $socket, $answer, 4096, length $answer;
    die "the program ipsec has ended without an answer\n" unless $read;
    die "the program ipsec answers too much\n" if length $answer > 65536;
  }
  return $answer;
}

sub ipsec {
  my ($request) = @_;
  my $done = eval {
    my $answer = answer_of_ipsec(request_in_json($request->pseudoVar('$var(ipsec)')));
    if ($answer =~ /"error"/) {
      my ($code) = $answer =~ /"code"\s*:\s*"([A-Z_]{1,40})"/;
      my ($message) = $answer =~ /"message"\s*:\s*"((?:[^"\\]|\\.){1,300})/;
      die "the program ipsec refuses: " . ($code // "no code") . ", " . ($message // "no reason") . "\n";
    }
    $answer =~ /"result"/ or die "the program ipsec answers what is no answer\n";
    1;
  };
  return 1 if $done;
  my $why = $@;
  # Nothing may become a second line of the log.
  $why =~ s/\n\z//;
  $why =~ s/[^ -~]+/ /g;
  leave("ipsec_error", $why);
  return -1;
}
`;
