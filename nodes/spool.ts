/** How much is held of what the reader has not taken yet, bytes. */
const most = 64 * 1024 * 1024;

/**
 * Runs the program in its arguments, takes its output at once, and holds it until the reader comes. Ends as the program does,
 * when all has been read; a signal is for the program.
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
 * A command whose output does not wait for its reader: where the reader is behind, up to 64 MiB are held. The capture of a
 * busy machine would otherwise lose packets, as a program that cannot write does not read.
 */
export function spooled(argv: readonly string[]): string[] {
  return ['perl', '-e', spool, '--', ...argv];
}
