/** Bytes that are held while the reader is behind. */
const most = 64 * 1024 * 1024;

/**
 * A script that runs the program in its arguments, takes the program's output at once, and holds it
 * until the reader takes it. When all has been read it ends with the program's exit status. It
 * passes signals on to the program.
 */
const spool = `
use Fcntl;
my $pid = open(my $in, "-|", @ARGV) or die "cannot run $ARGV[0]: $!\\n";
for my $name (qw(TERM INT HUP)) { $SIG{$name} = sub { kill $name => $pid } }
fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die "cannot write: $!\\n";
my ($held, $open) = ("", 1);
while ($open || length $held) {
  my ($read, $write) = ("", "");
  vec($read, fileno $in, 1) = 1 if $open && length $held < ${most};
  vec($write, 1, 1) = 1 if length $held;
  next if select($read, $write, undef, undef) < 0;
  if (vec($read, fileno $in, 1)) {
    my $count = sysread $in, $held, 1 << 18, length $held;
    $open = 0 unless $count || !defined $count && $!{EINTR};
  }
  if (vec($write, 1, 1)) {
    my $count = syswrite STDOUT, $held, 1 << 18;
    if (defined $count) { substr $held, 0, $count, "" }
    elsif (!$!{EAGAIN} && !$!{EINTR}) { last }
  }
}
close $in;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
`;

/**
 * Returns a command whose program need not wait for its reader: up to 64 MiB are held if the reader is
 * behind. Without it a capture on a busy machine would lose packets, because tcpdump does not read
 * packets while it cannot write.
 */
export function spooled(argv: readonly string[]): string[] {
  return ['perl', '-e', spool, '--', ...argv];
}
