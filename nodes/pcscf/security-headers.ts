import { ipsecModes } from '../../ladder';
import { encryptionAlgorithms, integrityAlgorithms } from '../ipsec/protocol';

/** What stands for "nothing" in what {@link securityHeaders} leaves; no list of mechanisms is written so. */
export const nothing = '-';

/** Longest list of mechanisms that is read, in bytes. A UE's has some hundred. */
const longestList = 4000;

/**
 * A Perl function, `security_headers`, that reads the header fields of a security agreement (RFC 3329 2.2, TS 33.203 Annex H)
 * in the request, and leaves in AVPs:
 * - `offer`: of what Security-Client offers, in any number of lines, the mechanism that the P-CSCF takes, as words: integrity,
 *   encryption, mode, spi-c, spi-s, port-c, port-s. Each is of a fixed spelling or all digits. TS 33.203 7.2 leaves the order
 *   to the P-CSCF's policy. This one can all of them alike, so the UE's preference `q` decides, and then what comes first.
 * - `client` and `verify`: the list of Security-Client and that of Security-Verify in one spelling: in lower case as RFC 3261
 *   7.3.1 compares, without white space, the parameters of a mechanism in alphabetical order.
 * - `sec_agree`: 1 if Require or Proxy-Require has this option tag; and `require` and `proxy_require`: the other ones.
 *
 * Where there is nothing, or nothing that is well-formed, it leaves "${nothing}".
 */
export const securityHeaders = String.raw`
my $space = qr/[ \t\r\n]*/;
my $token = qr/[A-Za-z0-9.!%*_+\x60'~-]+/;
my $quoted = qr/"(?:[^"\\]|\\.)*"/s;

# Returns the mechanisms of the values of a header field; none if they are no list of mechanisms.
sub mechanisms {
  my $text = join ",", @_;
  return if length $text > ${longestList};
  my @mechanisms;
  pos($text) = 0;
  do {
    $text =~ /\G$space($token)$space/gc or return;
    my %mechanism = (name => lc $1, parameters => {});
    while ($text =~ /\G;$space($token)$space(?:=$space($token|$quoted)$space)?/gc) {
      my ($name, $value) = (lc $1, $2 // "");
      return if exists $mechanism{parameters}{$name};
      $mechanism{parameters}{$name} = $value =~ /\A"/ ? $value : lc $value;
    }
    push @mechanisms, \%mechanism;
  } while ($text =~ /\G,/gc);
  return if pos($text) < length $text;
  return @mechanisms;
}

sub in_one_spelling {
  return join(",", map {
    my $parameters = $_->{parameters};
    join(";", $_->{name}, map { "$_=$parameters->{$_}" } sort keys %$parameters);
  } @_) || "${nothing}";
}

# RFC 3329 2.2 and TS 33.203 Annex H: the words of a mechanism that the P-CSCF can; nothing if it cannot.
my %modes = map { (lc $_ => $_) } qw(${ipsecModes.join(' ')});

sub words_of {
  my ($mechanism) = @_;
  my %has = (ealg => "null", prot => "esp", mod => "trans", q => "1", %{$mechanism->{parameters}});
  return if $mechanism->{name} ne "ipsec-3gpp" || $has{prot} ne "esp" || !exists $modes{$has{mod}};
  return unless ($has{alg} // "") =~ /\A(?:${integrityAlgorithms.join('|')})\z/ && $has{ealg} =~ /\A(?:${encryptionAlgorithms.join('|')})\z/;
  return unless $has{q} =~ /\A(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\z/;
  for my $name ("spi-c", "spi-s", "port-c", "port-s") {
    return unless ($has{$name} // "") =~ /\A[0-9]{1,10}\z/;
    my ($least, $most) = $name =~ /spi/ ? (256, 4294967295) : (1, 65535);
    return if $has{$name} < $least || $has{$name} > $most;
    # TS 33.203 7.1, from memory: the ports of SIP in the clear are no protected ones.
    return if $name =~ /port/ && $has{$name} =~ /\A0*(?:5060|5061)\z/;
    $has{$name} = sprintf "%d", $has{$name};
  }
  return if $has{"spi-c"} == $has{"spi-s"} || $has{"port-c"} == $has{"port-s"};
  return ($has{q}, join(" ", $has{alg}, $has{ealg}, $modes{$has{mod}}, @has{"spi-c", "spi-s", "port-c", "port-s"}));
}

sub best_of {
  my ($most, $best) = (-1, "${nothing}");
  for my $mechanism (@_) {
    my ($q, $words) = words_of($mechanism);
    ($most, $best) = ($q, $words) if defined $q && $q > $most;
  }
  return $best;
}

# Returns whether "sec-agree" is among the option tags, and the other ones.
sub option_tags {
  my @tags = grep { $_ ne "" } map { s/\s+/ /gr } map { s/\A\s+|\s+\z//gr } split /,/, join ",", @_;
  my @other = grep { lc $_ ne "sec-agree" } @tags;
  return (@other < @tags, join(", ", @other) || "${nothing}");
}

sub security_headers {
  my ($request) = @_;
  my @client = mechanisms($request->getHeader("Security-Client"));
  my ($required, $require) = option_tags($request->getHeader("Require"));
  my ($proxy_required, $proxy_require) = option_tags($request->getHeader("Proxy-Require"));
  leave("offer", best_of(@client));
  leave("client", in_one_spelling(@client));
  leave("verify", in_one_spelling(mechanisms($request->getHeader("Security-Verify"))));
  leave("sec_agree", $required || $proxy_required ? "1" : "${nothing}");
  leave("require", $require);
  leave("proxy_require", $proxy_require);
  return 1;
}
`;
