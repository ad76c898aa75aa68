import { programFile } from '../../installation';

/** The line that the inspector prints when packets reach it. */
export const listening = 'inspector: listening on port 443';

/**
 * A Perl script that opens the netlink socket (AF_NETLINK 16, SOCK_RAW 3, NETLINK_NETFILTER 12) as file
 * descriptor 3 and then executes the inspector, which inherits it ($^F). The socket has a buffer of 8 MiB
 * (SO_RCVBUFFORCE 33, or SO_RCVBUF 8 without the right to that). Perl does it because Node has no sockets of this
 * family and every Debian has Perl (perl-base).
 */
const launcher =
  '$^F = 9; socket(S, 16, 3, 12) or die "netlink socket: $!\\n";' +
  ' setsockopt(S, 1, 33, pack("i", 1 << 23)) or setsockopt(S, 1, 8, pack("i", 1 << 23));' +
  ' use POSIX (); fileno(S) == 3 or POSIX::dup2(fileno(S), 3) or die "descriptor 3: $!\\n"; exec @ARGV or die "$ARGV[0]: $!\\n"';

/** The file of the inspector's own program. */
export const inspectorProgram = programFile('inspector');

/** Returns the command that runs the inspector in the foreground, in the firewall's network. */
export const inspectorCommand = (): string[] => ['perl', '-e', launcher, process.execPath, inspectorProgram];
