import type { Limits } from '../../nodes/box';

/** What a command of somebody else's may do and take. */
export interface Confinement {
  /** Linux capabilities besides those with which a server starts, such as `NET_ADMIN`. */
  readonly capabilities: readonly string[];
  readonly limits: Limits;
}

/**
 * Capabilities with which a server opens its ports and changes to a user of its own. Without those over networks a command
 * cannot take addresses that are not its own.
 */
const ofServers = ['chown', 'dac_override', 'fowner', 'kill', 'setgid', 'setuid', 'net_bind_service'];

/** Milliseconds between two looks at what a command takes. */
const everyMs = 200;

/**
 * A script that runs as the first process of a PID namespace: it starts the command in its arguments, passes signals on to it,
 * and ends with its exit status, at which the kernel ends all that the command has left. When the processes of the namespace
 * are too many or too large it ends them all and says so.
 */
const keeper = `
use POSIX qw(WNOHANG);
my ($most, $kilobytes, @command) = @ARGV;
my $own = readlink "/proc/self/ns/pid";
my $command = fork;
defined $command or die "cannot start $command[0]: $!\\n";
if (!$command) {
  { no warnings; exec {$command[0]} @command }
  my $code = $!{ENOENT} ? 127 : 126;
  print STDERR "$command[0]: $!\\n";
  POSIX::_exit($code);
}
for my $name (qw(TERM INT HUP)) { $SIG{$name} = sub { kill $name => $command } }
$SIG{CHLD} = sub { };
while (1) {
  while ((my $gone = waitpid -1, WNOHANG) > 0) {
    exit($? & 127 ? 128 + ($? & 127) : $? >> 8) if $gone == $command;
  }
  my ($processes, $memory) = (-1, 0);
  opendir my $all, "/proc" or die "cannot look at /proc: $!\\n";
  for my $pid (grep { /^\\d+$/ } readdir $all) {
    next unless (readlink("/proc/$pid/ns/pid") // "") eq $own;
    $processes++;
    open my $status, "<", "/proc/$pid/status" or next;
    while (<$status>) { $memory += $1 if /^Rss(?:Anon|Shmem):\\s+(\\d+)/ }
  }
  too_much("$processes processes, more than $most") if $processes > $most;
  too_much("$memory KiB of memory, more than $kilobytes") if $memory > $kilobytes;
  select undef, undef, undef, ${everyMs / 1000};
}
sub too_much {
  kill KILL => -1;
  print STDERR "it was ended because it took $_[0]\\n";
  exit 1;
}
`;

/**
 * Returns a command that runs another one as a container would: it has few rights, what it starts ends with it, and it
 * may not take more of the machine than its limits.
 */
export function confinedCommand(
  argv: readonly string[],
  { capabilities, limits: { memory, processes } }: Confinement,
): string[] {
  const kept = [...new Set([...ofServers, ...capabilities.map((name) => name.toLowerCase())])];
  return [
    ...['unshare', '--pid', '--fork', '--kill-child=KILL', '--'],
    ...['perl', '-e', keeper, String(processes), String(Math.floor(memory / 1024))],
    ...['setpriv', `--bounding-set=-all,${kept.map((name) => `+${name}`).join(',')}`, '--inh-caps=-all'],
    ...['--', ...argv],
  ];
}
