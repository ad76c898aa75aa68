import type { Companion } from '../box';
import { programFile } from '../installation';
import { readyText } from './protocol';

/** The name of the program. */
export const ipsecName = 'ipsec';

/** The name of the program's Unix socket in the network of its node. */
export const ipsecSocket = '@nimsfw-ipsec';

/**
 * Asks the program at its socket for its sets, and succeeds if it answers within so many seconds. Node may fill a name in
 * the abstract namespace up with zeros, and Perl does not.
 */
const question =
  'use IO::Socket::UNIX; alarm $ARGV[1]; my $name = "\\0" . substr($ARGV[0], 1);' +
  ' my ($s) = grep { defined } map { IO::Socket::UNIX->new($_) } $name, $name . "\\0" x (108 - length $name);' +
  ' $s or exit 1; print $s qq({"id":1,"method":"list"}\\n); $s->flush; exit !<$s>';

/**
 * Returns the program that makes the security associations of a node, as a companion of the node's box.
 * @param addresses those between which and UEs or the P-CSCF it makes them
 */
export const ipsecCompanion = (addresses: readonly string[]): Companion => ({
  name: ipsecName,
  argv: [
    process.execPath,
    programFile('ipsec'),
    ...addresses.flatMap((address) => ['--address', address]),
    ...['--socket', ipsecSocket],
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
    argv: (withinMs) => [
      'perl',
      '-e',
      question,
      ipsecSocket,
      String(Math.max(1, Math.ceil(withinMs / 1000))),
    ],
    what: 'the program ipsec for its security associations',
  },
});

/** What {@link readyText} begins with, whoever makes the security associations. */
const readyBeginning = readyText('kernel').replace(/ \(.*$/, '');
