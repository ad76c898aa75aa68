import { kamailioGlobals } from '../kamailio';
import type { PcscfConfig } from './config';

/**
 * Kamailio's configuration as P-CSCF.
 *
 * What an edge owes a UE, by clause:
 * - RFC 3261 18.2.2 and RFC 3581: the answer goes to the sent-by port, unless the UE asked with `rport`. Kamailio does
 *   both by itself; nothing here forces `rport`, or step 1 would be measured as if it were step 2.
 * - RFC 3327 and RFC 5626: Path with a flow token, so that requests come back over the UE's own connection.
 * - RFC 5626 4.4: CRLF pings are answered on connections, STUN Binding requests on UDP.
 * - TS 33.203 Annex O and the CR: TLS on its port and on 443, with no SIP needed before it.
 * - TS 33.203 Annex O: who registered in TLS is refused outside TLS, until the registration ends.
 */
export function pcscfRoutes(config: PcscfConfig, folder: string): string {
  const { address, coreAddress, ports, imsCore } = config;
  return `${kamailioGlobals}
listen=udp:${address}:${ports.udp}
listen=tcp:${address}:${ports.udp}
listen=tls:${address}:${ports.tls}
listen=tls:${address}:${ports.https}
listen=udp:${coreAddress}:5060
enable_tls=yes
tcp_children=2
tcp_crlf_ping=yes
tcp_connection_lifetime=3604
tcp_accept_no_cl=no

loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "outbound.so"
loadmodule "path.so"
loadmodule "stun.so"
loadmodule "htable.so"

modparam("tls", "config", "${folder}/tls.cfg")
modparam("tls", "low_mem_threshold1", -1)
modparam("tls", "low_mem_threshold2", -1)
modparam("path", "use_received", 1)
modparam("htable", "htable", "in_tls=>size=8;autoexpire=7200;")

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("OPTIONS") && $rU == $null) {
    sl_send_reply("200", "OK");
    exit;
  }
  # REGISTER: To is the identity that the registrar checks the credentials against; From could be anybody's.
  if (is_method("REGISTER")) $var(identity) = $tU + "@" + $td;
  else $var(identity) = $fU + "@" + $fd;
  if ($proto != "tls" && $sht(in_tls=>$var(identity)) != $null) {
    sl_send_reply("403", "SIP Outside TLS Refused");
    exit;
  }
  if (!is_method("REGISTER")) {
    sl_send_reply("501", "Not Implemented");
    exit;
  }
  remove_hf("Route");
  if (!add_path()) {
    sl_send_reply("503", "Path Could Not Be Added");
    exit;
  }
  if ($proto == "tls") setflag(1);
  if ($hdr(Expires) == "0" || $ct =~ "expires=0") setflag(2);
  t_on_reply("REGISTERED");
  $fs = "udp:${coreAddress}:5060";
  $du = "sip:${imsCore};transport=udp";
  if (!t_relay()) sl_reply_error();
}

onreply_route[REGISTERED] {
  if ($rs != 200) return;
  if (isflagset(2)) {
    $sht(in_tls=>$tU@$td) = $null;
  } else if (isflagset(1)) {
    $sht(in_tls=>$tU@$td) = 1;
  }
}
`;
}
