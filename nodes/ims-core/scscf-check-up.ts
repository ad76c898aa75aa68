import type { CommandCheck } from '../box';

/**
 * Sends OPTIONS to an address and a port, and succeeds if an answer comes within so many seconds. It waits in Perl, because a shell
 * sends each line as a datagram of its own.
 */
const question =
  'use IO::Socket::INET; my ($ip, $port, $seconds) = @ARGV; alarm $seconds;' +
  ' my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => $ip, PeerPort => $port) or exit 1;' +
  ' $s->send(join "\\r\\n", "OPTIONS sip:$ip SIP/2.0", "Via: SIP/2.0/UDP $ip;branch=z9hG4bK$$;rport",' +
  ' "From: <sip:check-up\\@$ip>;tag=1", "To: <sip:$ip>", "Call-ID: $$\\@$ip", "CSeq: 1 OPTIONS", "Max-Forwards: 1",' +
  ' "Content-Length: 0", "", "");' +
  ' exit !defined $s->recv(my $answer, 9)';

/** How the Kamailio that asks the HSS is asked whether it still works: it refuses what is not the registrar's, and so answers. */
export const scscfCheckUp = (address: string, port: number): CommandCheck => ({
  by: 'command',
  argv: (withinMs) => [
    'perl',
    '-e',
    question,
    address,
    `${port}`,
    `${Math.max(1, Math.ceil(withinMs / 1000))}`,
  ],
  what: `OPTIONS at ${address}:${port}`,
});
