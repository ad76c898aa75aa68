/**
 * The part of the P-CSCF's Perl module (`perl-module.ts`) with which Kamailio forgets OpenSSL's list of errors before it starts its processes.
 *
 * OpenSSL keeps that list for each thread, in memory that Kamailio has it take from what all its processes share. The
 * main process already has one when it starts the others, and so all of them have the same: what one of them notes in
 * the course of a handshake, another takes for an error of its own connection and closes that, and what both clear is
 * freed twice. Measured with Kamailio 5.6.3: 6 times freed twice, and 1 connection closed, in 32,088 connections; none in
 * 57,342 with this. Kamailio has a cure of its own from 5.8 on (core parameter `tls_threads_mode`).
 *
 * `OPENSSL_thread_stop` (OpenSSL 1.1.0 and later) gives the list up; each process then makes its own. There is no other
 * way to call it from the configuration. Where it cannot be found, Kamailio does not start.
 */
export const forgetTlsErrorsInPerl = `# The library that Kamailio's module tls uses.
open(my $maps, "<", "/proc/self/maps") or die "cannot read /proc/self/maps: $!\\n";
my ($path) = map { m{(/\\S*/libcrypto\\.so\\S*)} ? $1 : () } <$maps>;
defined $path or die "no libcrypto is loaded\\n";
my $library = DynaLoader::dl_load_file($path) or die DynaLoader::dl_error() . "\\n";
my $function = DynaLoader::dl_find_symbol($library, "OPENSSL_thread_stop") or die DynaLoader::dl_error() . "\\n";
DynaLoader::dl_install_xsub("Kamailio::openssl_thread_stop", $function);

sub forget_tls_errors {
  openssl_thread_stop();
  return 1;
}
`;

/** What Kamailio's log says when it has been called. */
const said = 'nimsfw: TLS errors are forgotten';

/**
 * The statement with which Kamailio calls it. It has to run in the main process after the certificates are loaded, and
 * before any other process is there. It needs the modules xlog and app_perl, loaded after tls.
 */
export const forgetTlsErrors = `if (perl_exec("Kamailio::forget_tls_errors")) xlog("L_ALERT", "${said}\\n");`;
