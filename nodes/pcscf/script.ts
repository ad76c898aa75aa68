import { addressOfRecord } from '../address-of-record';
import { contacts } from '../contacts';
import { kamailioGlobals } from '../kamailio';
import type { PcscfConfig } from './config';
import { registrations, registrationTables } from './registrations';
import { perlSettings } from './perl-module';
import {
  firstSetNumber,
  protectedListens,
  securityAgreement,
  securityAgreementSettings,
} from './security-agreement';
import { forgetTlsErrors } from './tls-errors';
import { webSocket } from './web-socket';

/** The numbers of the Kamailio flags that remember something of a request. */
const flags = { overFlow: 1, flowToken: 2 } as const;

/**
 * Returns Kamailio's configuration as P-CSCF.
 *
 * An edge proxy has these duties towards a UE, by clause:
 * - RFC 3261 18.2.2 and RFC 3581: the answer goes to the sent-by port, unless the UE asked with `rport`. Kamailio does
 *   both by itself. Nothing here may force `rport`, or step 1 would be measured as if it were step 2.
 * - RFC 3327 and RFC 5626: Path and Record-Route with a flow token, so that requests reach the UE over the flow
 *   that it opened; 430 when that flow is gone. The P-CSCF never opens a connection to a UE, so on TCP and TLS
 *   there is a token whether or not the UE knows RFC 5626. The token also tells to which port of the P-CSCF the UE
 *   is connected. Messages to the UE must name no other port, because a firewall may let nothing else through.
 * - RFC 3261 16.9: where nothing leads to the Contact of a UE that has no flow, because it is the address that a UE
 *   behind NAT has there, the core gets its answer at once.
 * - RFC 5626 4.4: CRLF pings are answered on connections, STUN Binding requests on UDP. RFC 6223: if the UE's Via
 *   has `keep`, the answer sets its value to the interval.
 * - TS 33.203 Annex O and the CR: TLS on its own port and on 443, with no SIP needed before it.
 * - TS 24.229 5.2.6: a UE is served over the flow on which it registered, while that lasts, and as the
 *   user that it registered. It begins dialogs under one of its own identities; P-Asserted-Identity
 *   (RFC 3325) tells the core which one. Its requests take the Service-Route, whatever Route it wrote (5.2.6.3.3).
 * - TS 24.229 5.2.2 and 5.2.6: what the nodes of the network tell each other in header fields is neither taken from a UE
 *   nor told to it.
 */
export function pcscfScript(config: PcscfConfig, folder: string): string {
  const { address, coreAddress, ports, imsCore, homeDomain } = config;
  return `${kamailioGlobals}
# Tables may have more entries than a loop has rounds by default, a hundred.
max_while_loops=1000000
listen=udp:${address}:${ports.udp}
listen=tcp:${address}:${ports.udp}
listen=tls:${address}:${ports.tls}
listen=tls:${address}:${ports.https}
listen=udp:${coreAddress}:5060
${protectedListens(address, config.protected)}enable_tls=yes
tcp_children=2
tcp_crlf_ping=yes
tcp_connection_lifetime=3604
tcp_accept_no_cl=yes
tcp_no_connect=yes

loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "outbound.so"
loadmodule "path.so"
loadmodule "stun.so"
loadmodule "htable.so"
loadmodule "tcpops.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
loadmodule "app_perl.so"
${securityAgreementSettings(config.protected)}
modparam("tls", "config", "${folder}/tls.cfg")
modparam("tls", "low_mem_threshold1", -1)
modparam("tls", "low_mem_threshold2", -1)
modparam("websocket", "sub_protocols", 1)
modparam("rr", "append_fromtag", 0)
modparam("path", "use_received", 1)
modparam("outbound", "force_outbound_flag", ${flags.flowToken})
${perlSettings(folder)}${registrationTables}
event_route[htable:mod-init] {
  ${forgetTlsErrors}
  ${firstSetNumber(config.protected)}
}

request_route {
  route(REQUIRE_LENGTH);
  route(ARRIVED);
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  route(SECURITY_HEADERS);
  if (is_method("OPTIONS") && $rU == $null) {
    append_to_reply("Allow: OPTIONS, REGISTER\\r\\nSupported: path, outbound\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  # RFC 3261 16.3: it knows no extension that a proxy has to know.
  if ($hdr(Proxy-Require) != $null && !is_method("ACK|CANCEL")) {
    append_to_reply("Unsupported: $(hdr(Proxy-Require)[*])\\r\\n");
    sl_send_reply("420", "Bad Extension");
    exit;
  }
  if ($Ri == "${coreAddress}") route(FROM_CORE);
  else route(FROM_UE);
}

route[FROM_UE] {
  # TS 24.229 5.2.10: an emergency is told of before anything else is looked at. This network has no E-CSCF.
  if ($ru =~ "^urn:service:sos([.]|$)") {
    if (!is_method("ACK")) sl_send_reply("380", "Alternative Service");
    exit;
  }
  if (!($ru =~ "^(sip|tel):")) {
    if (!is_method("ACK")) sl_send_reply("416", "Unsupported URI Scheme");
    exit;
  }
  # REGISTER: To is the identity that the registrar checks the credentials against; From could be anybody's.
  if (is_method("REGISTER")) $var(uri) = $tu;
  else $var(uri) = $fu;
  route(ADDRESS_OF_RECORD);
  $avp(identity) = $var(aor);
  # What the answer comes from is the core.
  $avp(flow) = $proto + ":" + $si + ":" + $sp;
  if ($avp(set) != $null) $avp(flow) = "ipsec:" + $avp(place);
  if (!is_method("REGISTER")) {
    # Whoever has registered over the flow is who sends, whichever of those identities From has.
    $avp(sender) = $avp(identity);
    if ($sht(flows=>$avp(flow)) != $null) $avp(sender) = $sht(flows=>$avp(flow));
    if (!($proto =~ "^(tls|wss)$")) {
      if ($avp(set) == $null) route(REFUSE_OUTSIDE_TLS);
      route(REFUSE_OUTSIDE_IPSEC);
    }
    route(IDENTITY);
  }
  route(FORGET_CLAIMS);
  route(KNOWN_TRANSACTION);
  subst_hf("Via", "/;[ \t]*keep[ \t]*(;|,|$)/;keep=${config.keepAliveSeconds}\\1/i", "f");
  if ($proto != "udp") setflag(${flags.flowToken});
  if (is_method("REGISTER")) route(REGISTER);
  if (has_totag()) {
    route(IN_DIALOG);
  } else {
    # The list that a UE has to preload is the Service-Route after the P-CSCF itself; any other is put right.
    remove_hf("Route");
    append_hf("Route: $sht(service_routes=>$avp(flow))\\r\\n");
    route(CHARGING);
    if (is_method("INVITE|SUBSCRIBE")) route(RECORD_ROUTE);
    route(CORE_IS_NEXT);
  }
  if (!t_relay()) sl_reply_error();
  exit;
}

${webSocket(homeDomain)}
# TS 24.229 5.2.6.3 and 5.2.6.4: who may send this over the flow, and as whom. In a dialog From is what the other end once
# called this one, and only the flow counts.
route[IDENTITY] {
  if ($sht(flows=>$avp(flow)) == $null) route(REFUSE_STRANGER);
  $var(registered) = $sht(flows=>$avp(flow));
  if (has_totag() || is_method("CANCEL")) return;
  $var(number) = $sht(numbers=>$avp(flow));
  # The number as a SIP URI, RFC 3261 19.1.6.
  $var(called) = "sip:" + $(var(number){s.strip,4}) + "@" + $(var(registered){uri.host});
  if ($avp(identity) != $var(registered) && $avp(identity) != $var(number) && $avp(identity) != $var(called)) {
    route(REFUSE_STRANGER);
  }
  $var(asserted) = $var(registered);
  if ($hdr(P-Preferred-Identity) != $null) {
    $var(uri) = $(hdr(P-Preferred-Identity){nameaddr.uri});
    route(ADDRESS_OF_RECORD);
    if ($var(aor) == $var(number) || $var(aor) == $var(called)) $var(asserted) = $var(number);
    remove_hf("P-Preferred-Identity");
  }
  append_hf("P-Asserted-Identity: <$var(asserted)>\r\n");
}

# What only the network may say of a UE (TS 24.229 4.4, RFC 3325, RFC 7315), and the way that a UE may not choose.
route[FORGET_CLAIMS] {
  remove_hf("P-Asserted-Identity");
  remove_hf("P-Visited-Network-ID");
  remove_hf("P-Charging-Vector");
  remove_hf("P-Charging-Function-Addresses");
  remove_hf("P-Called-Party-ID");
  remove_hf("P-Associated-URI");
  remove_hf("Path");
  remove_hf("Service-Route");
  remove_hf("Record-Route");
}

# RFC 7315 4.6: an identity of what is charged, which no other has.
route[CHARGING] {
  $var(icid) = $ci + " " + $ft + " " + $TV(u) + " " + $pp;
  append_hf("P-Charging-Vector: icid-value=\\"$(var(icid){s.md5})\\";icid-generated-at=${address}\\r\\n");
}

route[FROM_CORE] {
  if ($si != "${imsCore.address}") {
    sl_send_reply("403", "Not The IMS Core");
    exit;
  }
  route(KNOWN_TRANSACTION);
  remove_hf("P-Charging-Vector");
  remove_hf("P-Charging-Function-Addresses");
  # RFC 3323 and RFC 3325 7: who asked not to be named is not.
  if ($hdr(Privacy) =~ "(^|[;, ])id([;, ]|$)") remove_hf("P-Asserted-Identity");
  route(PLACE_OF_UE);
  if (is_method("INVITE|SUBSCRIBE") && !has_totag()) route(RECORD_ROUTE);
  route(IN_DIALOG);
  if ($var(routed) == 2 || $avp(place) != $null) setflag(${flags.overFlow});
  if ($var(routed) == -3) $fs = "udp:${address}:${ports.udp}";
  route(TO_PLACE);
  t_on_failure("FROM_CORE_FAILED");
  # Without a connection to a UE on TCP or TLS nothing can be sent, and tcp_no_connect keeps one from being opened; one that
  # breaks only when it is written to would else be answered with 477 by the transaction itself.
  t_set_disable_internal_reply(1);
  if (!t_relay() && !is_method("ACK")) {
    if (isflagset(${flags.overFlow})) send_reply("430", "Flow Failed");
    else send_reply("500", "No Route To The Contact");
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

route[REFUSE_STRANGER] {
  if (!is_method("ACK")) sl_send_reply("403", "Not Registered Over This Flow");
  exit;
}

# A UE that does not answer over its flow at all: RFC 5626 5.3.1.
failure_route[FROM_CORE_FAILED] {
  if (isflagset(${flags.overFlow}) && t_branch_timeout() && !t_branch_replied()) t_reply("430", "Flow Failed");
}

# Whatever answers a request that the P-CSCF has relayed.
onreply_route {
  route(REQUIRE_LENGTH_OF_ANSWER);
  route(ANSWER_ARRIVED);
}

${securityAgreement(config)}${registrations(homeDomain)}${contacts}${addressOfRecord}`;
}
