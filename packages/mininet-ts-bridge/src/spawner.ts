import { answers } from './answers';
import { BridgeError } from './errors';

/**
 * Starts the commands of a network. A fork of a large Node process costs tens of milliseconds in which it does
 * nothing else, and entering namespaces by programs costs one exec each; so PID 1 of the network, which is in the right
 * namespaces already and small, forks for us. It is a Perl program because Perl can change its network namespace by itself,
 * and because it is essential in Debian and its kin.
 *
 * A command's three streams are Unix sockets, as they are where Node starts a command itself. Node connects three times
 * for each command; what it says first on a connection tells PID 1 which stream it is, and on that of the standard input
 * the command follows. PID 1 tells the beginning and the end of a command on its standard output, one line each.
 */

/** Path of the socket on which PID 1 listens, as seen inside. */
export const door = '/run/.mininet-ts-bridge';

/** A line of PID 1 about the command with this number. */
export type News =
  /** It runs; `pid` is its process id, and that of its process group, inside. */
  | { readonly id: number; readonly kind: 'started'; readonly pid: number }
  /** It is gone, with the wait status of wait(2). */
  | { readonly id: number; readonly kind: 'ended'; readonly status: number };

/**
 * Numbers of the system calls setns(2) and signalfd4(2), by Node's name of the processor; Perl has no names for the calls.
 * Source: the kernel's tables (`syscall_64.tbl` and its like; arm64, riscv64 and loong64 use `asm-generic/unistd.h`).
 */
const systemCalls: Readonly<Record<string, { readonly setns: number; readonly signalfd4: number }>> = {
  x64: { setns: 308, signalfd4: 289 },
  ia32: { setns: 346, signalfd4: 327 },
  arm: { setns: 375, signalfd4: 355 },
  ppc64: { setns: 350, signalfd4: 313 },
  s390x: { setns: 339, signalfd4: 322 },
  arm64: { setns: 268, signalfd4: 74 },
  riscv64: { setns: 268, signalfd4: 74 },
  loong64: { setns: 268, signalfd4: 74 },
};

/**
 * The program that PID 1 becomes when the network stands, with its arguments.
 * @throws BridgeError `NETWORK_START_FAILED` on a processor whose system calls are not known
 */
export function spawnerArgv(processor: string = process.arch): string[] {
  const calls = systemCalls[processor];
  if (calls === undefined)
    throw new BridgeError(
      'NETWORK_START_FAILED',
      `commands cannot be started on a processor of the kind ${processor}; use one of ${Object.keys(systemCalls).join(', ')}`,
    );
  return ['perl', '-e', spawner, '--', String(calls.setns), String(calls.signalfd4), door, answers.ready];
}

const spawner = `
use strict;
use Errno;
use POSIX ();
use Socket;
my ($setns, $signalfd4, $door, $ready) = @ARGV;

# What the owner of the network left open is not for those who run in it.
opendir my $files, "/proc/self/fd";
my @left = grep { $_ > 2 } readdir $files;
closedir $files;
POSIX::close($_) for @left;

open my $news, ">&", \\*STDOUT;
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
sub tell_news {
  my $line = "@_\\n";
  1 until defined syswrite($news, $line) || !$!{EINTR};
}
sub fail { tell_news("${answers.failed}$_[0]\\n$!"); exit 1 }

# The end of a child is read like everything else: a signal that came just before select would not wake it.
my $child_ends = POSIX::SigSet->new(POSIX::SIGCHLD());
POSIX::sigprocmask(POSIX::SIG_BLOCK(), $child_ends);
my $mask = pack "Q", 1 << POSIX::SIGCHLD() - 1;
my $number = syscall $signalfd4, -1, $mask, 8, 02000000;
open my $ends, "<&=", $number or fail("watching for the ends of commands");

socket my $listener, PF_UNIX, SOCK_STREAM, 0 or fail("making a socket");
bind $listener, pack_sockaddr_un($door) or fail("naming the socket $door");
listen $listener, 4096 or fail("listening on $door");
tell_news($ready);

my (%asked, %running);
my $typed = "";
while (1) {
  my $readable = "";
  vec($readable, fileno $_, 1) = 1 for *STDIN, $ends, $listener;
  next if select($readable, undef, undef, undef) < 0;
  if (vec($readable, fileno STDIN, 1)) {
    # When the owner of the network ends, however it does, all that is in it ends.
    more(*STDIN, $typed, 65536) or end_all();
    while ($typed =~ s/^(\\S+) (\\S+)\\n//) { kill $1, $2 }
  }
  if (vec($readable, fileno $ends, 1)) {
    sysread $ends, my $which, 4096;
    # Orphans are among them, and are nobody's news.
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
      my $id = delete $running{$pid};
      tell_news($id, "ended", $?) if defined $id;
    }
  }
  if (vec($readable, fileno $listener, 1) && accept my $stream, $listener) {
    my ($id, $which, $length) = unpack "NNN", exactly($stream, 12);
    next unless defined $length;
    my $command = exactly($stream, $length);
    my $one = $asked{$id} ||= {};
    $one->{streams}[$which] = $stream;
    $one->{command} = $command if $length;
    next if grep { !$one->{streams}[$_] } 0 .. 2;
    delete $asked{$id};
    my $pid = fork;
    if (!defined $pid) { tell_news($id, "ended", 126 << 8) }
    elsif (!$pid) { become($id, $one) }
    else { $running{$pid} = $id }
  }
}

# Waits for them too, so that their processor time is counted as that of the owner's children.
sub end_all {
  kill "KILL", -1;
  1 while wait > 0;
  exit;
}

sub exactly {
  my ($from, $length) = @_;
  my $bytes = "";
  while (length $bytes < $length) { more($from, $bytes, $length - length $bytes) or return "" }
  return $bytes;
}

# Appends what is there to its second argument; false at the end of the stream.
sub more {
  my $count;
  do { $count = sysread($_[0], $_[1], $_[2], length $_[1]) } until defined $count || !$!{EINTR};
  return $count;
}

sub become {
  my ($id, $one) = @_;
  my ($net, $cwd, $count, @rest) = split /\\0/, $one->{command}, -1;
  my @argv = splice @rest, 0, $count;
  pop @rest;
  my @streams = @{$one->{streams}};
  POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $child_ends);
  open STDIN, "<&", $streams[0];
  open STDOUT, ">&", $streams[1];
  open STDERR, ">&", $streams[2];
  # A session of its own makes a process group of the command and what it starts.
  POSIX::setsid();
  tell_news($id, "started", $$);
  if (length $net) {
    open my $namespace, "<", $net or refuse($net);
    syscall($setns, fileno $namespace, 0x40000000) == 0 or refuse($net);
  }
  chdir $cwd or refuse($cwd);
  %ENV = map { /^([^=]+)=(.*)$/s ? ($1, $2) : () } @rest;
  { no warnings; exec {$argv[0]} @argv }
  refuse($argv[0]);
}

sub refuse {
  my $exit_code = $!{ENOENT} ? 127 : 126;
  syswrite STDERR, "$_[0]: $!\\n";
  POSIX::_exit($exit_code);
}
`;

/** A command with its folder, its environment and its network namespace. */
export interface Beginning {
  /** Path of its network namespace, as seen inside. Default: that of the switches. */
  readonly net?: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Makes the bytes that Node says first on the connection of this stream of the command with this number. */
export function greeting(id: number, stream: number, command: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(12);
  [id, stream, command.length].forEach((value, index) => header.writeUInt32BE(value, index * 4));
  return Buffer.concat([header, command]);
}

/**
 * A command, as PID 1 reads it.
 * @throws BridgeError `COMMAND_FAILED` for what no command line can hold
 */
export function encodeCommand({ net = '', cwd, argv, env }: Beginning): Buffer {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const words = [net, cwd, String(argv.length), ...argv, ...variables];
  if (argv.length === 0 || words.some((word) => word.includes('\0')))
    throw new BridgeError(
      'COMMAND_FAILED',
      `${JSON.stringify(argv.join(' '))} is no command: it needs a program, and no word may hold a NUL`,
    );
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

/** Reads a line of PID 1. */
export function parseNews(line: string): News | undefined {
  const [, id, kind, number] = /^(\d+) (started|ended) (\d+)$/.exec(line) ?? [];
  if (kind === 'started') return { id: Number(id), kind, pid: Number(number) };
  if (kind === 'ended') return { id: Number(id), kind, status: Number(number) };
  return undefined;
}

/** The line that has PID 1 send a signal; a negative `pid` is a process group. */
export function signalLine(signal: NodeJS.Signals, pid: number): string {
  return `${signal.slice(3)} ${pid}\n`;
}
