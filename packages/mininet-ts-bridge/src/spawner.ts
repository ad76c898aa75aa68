import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { answers } from './answers';
import { BridgeError } from './errors';

/**
 * Starts the commands of a network. A fork of a large Node process costs tens of milliseconds in which it does
 * nothing else, and entering namespaces by programs costs one exec each; so PID 1 of the network, which is in the right
 * namespaces already and small, forks for us. It is a Perl program because Perl can change its network namespace by itself,
 * and because it is essential in Debian and its kin.
 *
 * PID 1 is asked on its standard input, which nobody else can write to. Each command it forks connects to us three times,
 * for its standard streams are Unix sockets, as they are where Node starts a command itself; a secret of the command tells
 * its connections from those of other programs in the network. PID 1 tells the beginning and the end of a command on its
 * standard output, one line each. It never waits for anything but its input and the ends of its children.
 */

/** The folder, as seen inside, that is the network's own. */
const ownFolder = '/run';
/** Name there of the socket on which we listen for the streams of commands. */
const doorName = '.mininet-ts-bridge';

/** Path, as seen inside, of the socket on which we listen for the streams of commands. */
export const door = `${ownFolder}/${doorName}`;
/** Path, as seen inside, of the program of PID 1. */
export const spawnerFile = `${door}.pl`;

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
  return [
    'perl',
    spawnerFile,
    String(calls.setns),
    String(calls.signalfd4),
    ownFolder,
    doorName,
    answers.ready,
  ];
}

/** The text of that program. */
export const spawner = `
use strict;
use Errno;
use POSIX ();
use Socket;
my ($setns, $signalfd4, $folder, $door, $ready) = @ARGV;

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

# Held open, for a program in the network may mount something over it.
open my $own, "<", $folder or fail("opening $folder");

# The end of a child is read like everything else: a signal that came just before select would not wake it.
my $child_ends = POSIX::SigSet->new(POSIX::SIGCHLD());
POSIX::sigprocmask(POSIX::SIG_BLOCK(), $child_ends);
my $mask = pack "Q", 1 << POSIX::SIGCHLD() - 1;
my $number = syscall $signalfd4, -1, $mask, 8, 02000000;
open my $ends, "<&=", $number or fail("watching for the ends of commands");
tell_news($ready);

my %running;
my $asked = "";
while (1) {
  my $readable = "";
  vec($readable, fileno $_, 1) = 1 for *STDIN, $ends;
  next if select($readable, undef, undef, undef) < 0;
  if (vec($readable, fileno $ends, 1)) {
    sysread $ends, my $which, 4096;
    # Orphans are among them, and are nobody's news.
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
      my $id = delete $running{$pid};
      tell_news($id, "ended", $?) if defined $id;
    }
  }
  if (vec($readable, fileno STDIN, 1)) {
    # When the owner of the network ends, however it does, all that is in it ends.
    my $count = sysread STDIN, $asked, 1 << 20, length $asked;
    next if !defined $count && $!{EINTR};
    end_all() if !$count;
    while (length $asked >= 4 && length $asked >= 4 + unpack "N", $asked) {
      my ($what, @words) = split /\\0/, substr($asked, 4, unpack "N", $asked), -1;
      substr($asked, 0, 4 + unpack "N", $asked) = "";
      pop @words;
      if ($what eq "start") { start(@words) } else { kill @words }
    }
  }
}

# Waits for them too, so that their processor time is counted as that of the owner's children.
sub end_all {
  kill "KILL", -1;
  1 while wait > 0;
  exit;
}

sub start {
  my ($id, @command) = @_;
  my $pid = fork;
  if (!defined $pid) { tell_news($id, "ended", 126 << 8) }
  elsif ($pid) { $running{$pid} = $id }
  else { become($id, @command) }
}

sub become {
  my ($id, $secret, $net, $cwd, $count, @rest) = @_;
  my @argv = splice @rest, 0, $count;
  POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $child_ends);
  my @streams = map { stream("$secret $_ $id\\n") } 0 .. 2;
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

sub stream {
  my ($greeting) = @_;
  socket my $stream, PF_UNIX, SOCK_STREAM, 0 or POSIX::_exit(126);
  connect $stream, pack_sockaddr_un("/proc/self/fd/" . fileno($own) . "/$door") or POSIX::_exit(126);
  syswrite $stream, $greeting;
  return $stream;
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

/** Who a connection is from: the stream of a command, if it knows the command's secret. */
export interface Greeting {
  readonly secret: string;
  /** The number of the stream: 0 to 2. */
  readonly stream: number;
  readonly id: number;
}

const greetingPattern = /^([0-9a-f]{32}) ([012]) (\d{1,15})\n$/;

/** Makes the secret of a command. */
export const makeSecret = (): string => randomBytes(16).toString('hex');

/** Reads what a command says first on a connection, the end of the line included. */
export function parseGreeting(line: string): Greeting | undefined {
  const [, secret, stream, id] = greetingPattern.exec(line) ?? [];
  return secret === undefined ? undefined : { secret, stream: Number(stream), id: Number(id) };
}

const order = (words: readonly string[]): Buffer => {
  const text = Buffer.from(words.map((word) => `${word}\0`).join(''));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
};

/**
 * The order by which PID 1 starts a command.
 * @throws BridgeError `COMMAND_FAILED` for what no command line can hold
 */
export function startOrder(id: number, secret: string, { net = '', cwd, argv, env }: Beginning): Buffer {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const words = [net, cwd, String(argv.length), ...argv, ...variables];
  if (argv.length === 0 || words.some((word) => typeof word !== 'string' || word.includes('\0')))
    throw new BridgeError(
      'COMMAND_FAILED',
      `${JSON.stringify(argv.join(' '))} is no command: it needs a program, and no word may hold a NUL`,
    );
  return order(['start', String(id), secret, ...words]);
}

/**
 * The order by which PID 1 sends a signal; a negative `pid` is a process group.
 * @throws BridgeError `COMMAND_FAILED` for a signal that this system does not have
 */
export function signalOrder(signal: NodeJS.Signals, pid: number): Buffer {
  const number = constants.signals[signal];
  if (number === undefined)
    throw new BridgeError('COMMAND_FAILED', `there is no signal ${signal}; use one that signal(7) lists`);
  return order(['kill', String(number), String(pid)]);
}

/** Reads a line of PID 1. */
export function parseNews(line: string): News | undefined {
  const [, id, kind, number] = /^(\d+) (started|ended) (\d+)$/.exec(line) ?? [];
  if (kind === 'started') return { id: Number(id), kind, pid: Number(number) };
  if (kind === 'ended') return { id: Number(id), kind, status: Number(number) };
  return undefined;
}
