import { ipsecRequests } from './ipsec-requests';
import { securityHeaders } from './security-headers';
import { forgetTlsErrorsInPerl } from './tls-errors';

/** The name of the Perl module in the node's folder. Kamailio's app_perl looks for a module with this name. */
export const perlModuleFile = 'Kamailio.pm';

/**
 * Writes the Perl module of the P-CSCF: what Kamailio's own script cannot do. It takes no more of Perl than perl-base has.
 * @param ipsecSocket the Unix socket of the program `ipsec`; without one nothing about security agreement is in it
 */
export const perlModule = (ipsecSocket?: string): string =>
  [
    'package Kamailio;\nrequire DynaLoader;\n',
    forgetTlsErrorsInPerl,
    ...(ipsecSocket === undefined ? [] : [functionsOfKamailio, securityHeaders, ipsecRequests(ipsecSocket)]),
    '1;\n',
  ].join('\n');

/** Makes the functions of app_perl known by which a Perl function reads the request and leaves values to the script. */
const functionsOfKamailio = `our @ISA = qw(DynaLoader);
bootstrap Kamailio;

# Leaves a value to the script.
sub leave {
  my ($name, $value) = @_;
  Kamailio::AVP::destroy($name);
  Kamailio::AVP::add($name, $value);
}
`;

/**
 * The settings of {@link perlModule}.
 * @param folder of the node
 */
export const perlSettings = (folder: string): string => `
modparam("app_perl", "modpath", "${folder}")
modparam("app_perl", "filename", "${folder}/${perlModuleFile}")
`;
