import type { Companion } from '../box';
import { programFile } from '../installation';
import { readyText, type MakerName } from './protocol';

/** The name of the program. */
export const ipsecName = 'ipsec';

/** The name of the program's Unix socket in the network of its node. */
export const ipsecSocket = '@nimsfw-ipsec';

/**
 * Asks the program at its socket for its sets, prints its answer, and succeeds if it answers within so many seconds. Node may fill a name in
 * the abstract namespace up with zeros, and Perl does not.
 */
const question =
  'use IO::Socket::UNIX; alarm $ARGV[1]; my $name = "\\0" . substr($ARGV[0], 1);' +
  ' my ($s) = grep { defined } map { IO::Socket::UNIX->new($_) } $name, $name . "\\0" x (108 - length $name);' +
  ' $s or exit 1; print $s qq({"id":1,"method":"list"}\\n); $s->flush; my $answer = <$s>; print $answer; exit !$answer';

/** Returns the command that prints the answer of a node's program to `list` (`protocol.ts`). */
export const listCommand = (withinMs: number): string[] => [
  ...['perl', '-e', question, ipsecSocket, String(Math.max(1, Math.ceil(withinMs / 1000)))],
];

/**
 * Returns the program that makes the security associations of a node, as a companion of the node's box.
 * @param addresses the node's own, at which security associations end
 * @param maker who makes them; by default the kernel where it has ESP, else user space
 */
export const ipsecCompanion = (addresses: readonly string[], maker?: MakerName): Companion => ({
  name: ipsecName,
  argv: [
    process.execPath,
    programFile('ipsec'),
    ...addresses.flatMap((address) => ['--address', address]),
    ...['--socket', ipsecSocket],
    ...(maker === undefined ? [] : ['--maker', maker]),
  ],
  capabilities: [
    // It makes devices, rules and routes, or states and policies of the kernel.
    'NET_ADMIN',
    // It opens raw sockets for ESP, and a packet socket.
    'NET_RAW',
  ],
  ready: { by: 'line', stream: 'stderr', text: readyBeginning },
  answers: {
    by: 'command',
    argv: listCommand,
    what: 'the program ipsec for its security associations',
  },
});

/** What {@link readyText} begins with, whoever makes the security associations. */
const readyBeginning = readyText('kernel').replace(/ \(.*$/, '');
