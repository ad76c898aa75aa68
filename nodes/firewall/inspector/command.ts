import { programFile } from '../../installation';

/** What the inspector says when packets reach it. */
export const listening = 'inspector: listening on port 443';

/**
 * Opens the netlink socket (AF_NETLINK 16, SOCK_RAW 3, NETLINK_NETFILTER 12) with a buffer of 8 MiB (SO_RCVBUFFORCE 33, or
 * SO_RCVBUF 8 without the right to it) as file descriptor 3, which the program in its place inherits ($^F). Perl is in
 * every Debian (perl-base), and Node has no sockets of this family.
 */
const launcher =
  '$^F = 9; socket(S, 16, 3, 12) or die "netlink socket: $!\\n";' +
  ' setsockopt(S, 1, 33, pack("i", 1 << 23)) or setsockopt(S, 1, 8, pack("i", 1 << 23));' +
  ' use POSIX (); fileno(S) == 3 or POSIX::dup2(fileno(S), 3) or die "descriptor 3: $!\\n"; exec @ARGV or die "$ARGV[0]: $!\\n"';

/** The program itself. */
export const inspectorProgram = programFile('inspector');

/** The command that runs the inspector in the foreground, in the firewall's network. */
export const inspectorCommand = (): string[] => ['perl', '-e', launcher, process.execPath, inspectorProgram];
