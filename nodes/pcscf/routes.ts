import { kamailioGlobals } from '../kamailio';
import type { PcscfConfig } from './config';

/** Seconds; well below the 120 s after which a firewall may forget an idle UDP binding (RFC 4787 REQ-5). */
const keepAliveSeconds = 30;

/**
 * Kamailio's configuration as P-CSCF.
 *
 * What an edge owes a UE, by clause:
 * - RFC 3261 18.2.2 and RFC 3581: the answer goes to the sent-by port, unless the UE asked with `rport`. Kamailio does
 *   both by itself; nothing here forces `rport`, or step 1 would be measured as if it were step 2.
 * - RFC 3327 and RFC 5626: Path and Record-Route with a flow token, so that requests reach the UE over the flow that it
 *   opened; 430 when that flow is gone. No connection is ever opened to a UE.
 * - RFC 5626 4.4: CRLF pings are answered on connections, STUN Binding requests on UDP; RFC 6223: how often they should
 *   come is the value that a `keep` in the UE's Via gets.
 * - TS 33.203 Annex O and the CR: TLS on its port and on 443, with no SIP needed before it.
 * - TS 33.203 Annex O: who registered in TLS is refused outside TLS, until the registration ends; from another address a
 *   UE has attached anew, and registers by whatever that network lets through.
 * - TS 24.229 5.2.6: a UE is served over the flow on which it registered, and only as who it registered.
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
tcp_no_connect=yes

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
loadmodule "tcpops.so"

modparam("tls", "config", "${folder}/tls.cfg")
modparam("tls", "low_mem_threshold1", -1)
modparam("tls", "low_mem_threshold2", -1)
modparam("rr", "append_fromtag", 0)
modparam("path", "use_received", 1)
modparam("htable", "htable", "in_tls=>size=8;autoexpire=7200;")
# Who registered over a flow.
modparam("htable", "htable", "flows=>size=8;autoexpire=7200;")

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("OPTIONS") && $rU == $null) {
    sl_send_reply("200", "OK");
    exit;
  }
  if ($Ri == "${coreAddress}") route(FROM_CORE);
  else route(FROM_UE);
}

route[FROM_UE] {
  # REGISTER: To is the identity that the registrar checks the credentials against; From could be anybody's.
  if (is_method("REGISTER")) $var(identity) = $tU + "@" + $td;
  else $var(identity) = $fU + "@" + $fd;
  # On another access network it registers anew, by whatever that lets through.
  $avp(attachment) = $var(identity) + "@" + $si;
  if ($proto != "tls" && $sht(in_tls=>$avp(attachment)) != $null) {
    route(REFUSE_OUTSIDE_TLS);
  }
  $avp(flow) = $proto + ":" + $si + ":" + $sp;
  if (!is_method("REGISTER") && $sht(flows=>$avp(flow)) != $var(identity)) {
    route(REFUSE_STRANGER);
  }
  route(KNOWN_TRANSACTION);
  subst_hf("Via", "/;keep(;|$)/;keep=${config.keepAliveSeconds ?? keepAliveSeconds}\\1/i", "f");
  if (is_method("REGISTER")) route(REGISTER);
  if (has_totag()) {
    route(IN_DIALOG);
  } else {
    remove_hf("Route");
    if (is_method("INVITE")) record_route();
    route(CORE_IS_NEXT);
  }
  if (!t_relay()) sl_reply_error();
  exit;
}

route[REGISTER] {
  remove_hf("Route");
  if (!add_path()) {
    sl_send_reply("503", "Path Could Not Be Added");
    exit;
  }
  if ($proto == "tls") setflag(1);
  if ($hdr(Expires) == "0" || $ct =~ "expires=0") setflag(2);
  t_on_reply("REGISTERED");
  route(CORE_IS_NEXT);
  if (!t_relay()) sl_reply_error();
  exit;
}

route[FROM_CORE] {
  if ($si != "${imsCore.address}") {
    sl_send_reply("403", "Not The IMS Core");
    exit;
  }
  route(KNOWN_TRANSACTION);
  if (is_method("INVITE") && !has_totag()) record_route();
  route(IN_DIALOG);
  if ($var(routed) == 2) setflag(3);
  if ($var(routed) == -3) $fs = "udp:${address}:${ports.udp}";
  t_on_failure("FROM_CORE_FAILED");
  # Without a connection to a UE on TCP or TLS nothing can be sent, and tcp_no_connect keeps one from being opened; one that
  # breaks only when it is written to would else be answered with 477 by the transaction itself.
  t_set_disable_internal_reply(1);
  if (!t_relay()) {
    if (!is_method("ACK")) send_reply("430", "Flow Failed");
  }
  exit;
}

# By Route: in a dialog, and with the Path of a registration. Leaves in "routed" 2 if a flow token says where to, and -3
# if the Path was all and holds no token, because the UE did not ask for one: the Request-URI is next.
route[IN_DIALOG] {
  loose_route();
  $var(routed) = $rc;
  if ($var(routed) > 0 || $var(routed) == -3) return;
  if (is_method("ACK")) exit;
  if ($var(routed) == -2) sl_send_reply("403", "Flow Token Refused");
  else sl_send_reply("404", "No Route");
  exit;
}

# CANCEL and ACK find their INVITE; what was sent again is answered again.
route[KNOWN_TRANSACTION] {
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    else sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  t_check_trans();
}

route[CORE_IS_NEXT] {
  $fs = "udp:${coreAddress}:5060";
  $du = "sip:${imsCore.address}:${imsCore.port};transport=udp";
}

route[REFUSE_OUTSIDE_TLS] {
  if (!is_method("ACK")) sl_send_reply("403", "SIP Outside TLS Refused");
  exit;
}

route[REFUSE_STRANGER] {
  if (!is_method("ACK")) sl_send_reply("403", "Not Registered Over This Flow");
  exit;
}

onreply_route[REGISTERED] {
  if ($rs != 200) return;
  if (isflagset(2)) {
    $sht(in_tls=>$avp(attachment)) = $null;
    $sht(flows=>$avp(flow)) = $null;
  } else {
    if (isflagset(1)) $sht(in_tls=>$avp(attachment)) = 1;
    $sht(flows=>$avp(flow)) = $tU + "@" + $td;
  }
}

# A UE that does not answer over its flow at all: RFC 5626 5.3.1.
failure_route[FROM_CORE_FAILED] {
  if (isflagset(3) && t_branch_timeout() && !t_branch_replied()) t_reply("430", "Flow Failed");
}

event_route[tcp:closed] {
  $sht(flows=>$proto:$si:$sp) = $null;
}
`;
}
