/** Longest registration in seconds (TS 24.229 5.1.1.2.1). Kamailio's tables need a default; each entry has its own end. */
const mostSeconds = 600_000;

/** The settings of the tables of {@link registrations}. */
export const registrationTables = `
# By identity, contact and reg-id: the flow of this registered contact.
modparam("htable", "htable", "contacts=>size=8;autoexpire=${mostSeconds};")
# By flow: who is registered over it, as SIP URI and as tel URI, and the Service-Route.
modparam("htable", "htable", "flows=>size=8;autoexpire=${mostSeconds};")
modparam("htable", "htable", "numbers=>size=8;autoexpire=${mostSeconds};")
modparam("htable", "htable", "service_routes=>size=8;autoexpire=${mostSeconds};")
# Seconds after which an entry that has expired is gone.
modparam("htable", "timer_interval", 1)
`;

/**
 * Routing blocks for Kamailio with which the P-CSCF relays registrations and remembers them (TS 24.229 5.2.2): who is
 * registered over which flow, for each contact as long as the registrar granted.
 *
 * TS 33.203 O.2.2 and O.4: while a UE has a TLS connection over which it is registered, what it sends outside TLS is
 * refused, except REGISTER, with which it begins anew, and emergency calls. When the connection or the registration has
 * ended, there is nothing left to be protected by it. The UE is known by its identity and address: from another address
 * it has attached to another network, and uses whatever that lets through.
 *
 * They need the modules tm, sl, pv, textops, path and htable, the routes NEXT_CONTACT, CHARGING and CORE_IS_NEXT, and those of
 * the security agreement. A flow is written `transport:address:port`, and `ipsec:` with the UE's protected server port if it is
 * one of security associations.
 * @param homeDomain name of the network, which the registrar is told
 */
export function registrations(homeDomain: string): string {
  return `
route[REGISTER] {
  if ($(hdr(Contact)[*]{s.len}) > 4000) {
    sl_send_reply("513", "Message Too Large");
    exit;
  }
  remove_hf("Route");
  route(ADD_PATH);
  if (!$var(added)) {
    sl_send_reply("503", "Path Could Not Be Added");
    exit;
  }
  append_hf("Require: path\\r\\n");
  append_hf("P-Visited-Network-ID: \\"${homeDomain}\\"\\r\\n");
  route(CHARGING);
  route(PROTECTION);
  # Without a Contact it only asks what is registered (RFC 3261 10.2.3).
  $avp(asked) = "";
  if ($hdr(Contact) != $null) route(ASKED_CONTACTS);
  t_on_reply("REGISTERED");
  t_on_failure("NOT_AGREED");
  route(CORE_IS_NEXT);
  if (!t_relay()) sl_reply_error();
  exit;
}

# TS 24.229 5.2.2: how an answer to a challenge was protected on its way here. What a UE says of it is nothing.
route[PROTECTION] {
  if ($hdr(Authorization) == $null) return;
  $var(answer) = $hdr(Authorization);
  $var(answer) = $(var(answer){re.subst,/([ ,])[[:space:]]*integrity-protected[[:space:]]*=[[:space:]]*("[^"]*"|[^,"]*)[[:space:]]*(,|$)/\\1/isg});
  route(INTEGRITY);
  $var(protection) = "ip-assoc";
  if ($proto =~ "^(tls|wss)$") $var(protection) = "tls";
  if ($var(integrity) != "") $var(protection) = $var(integrity);
  else if ($sht(flows=>$avp(flow)) == $avp(identity)) $var(protection) = $var(protection) + "-yes";
  else if ($var(answer) =~ 'response[[:space:]]*=[[:space:]]*"[^"]') $var(protection) = $var(protection) + "-pending";
  else $var(protection) = "";
  remove_hf("Authorization");
  $var(answer) = "Authorization: " + $var(answer);
  if ($var(protection) != "") $var(answer) = $var(answer) + ', integrity-protected="' + $var(protection) + '"';
  append_hf("$var(answer)\\r\\n");
}

# Keeps the contacts of a REGISTER for its answer, each as the answer may have it: with its reg-id, or without. They end
# with an angle bracket, which no URI has.
route[ASKED_CONTACTS] {
  $avp(asked) = "";
  if ($(hdr(Contact){s.trim}) == "*") {
    $avp(asked) = "*";
    return;
  }
  $var(asked) = "";
  $var(rest) = $(hdr(Contact)[*]);
  route(NEXT_CONTACT);
  while ($var(contact) != "") {
    $var(asked) = $var(asked) + $var(contact) + " 0>";
    if ($var(regid) > 0) $var(asked) = $var(asked) + $var(contact) + " " + $var(regid) + ">";
    route(NEXT_CONTACT);
  }
  $avp(asked) = $var(asked);
}

onreply_route[REGISTERED] {
  route(REGISTER_ANSWERED);
  if ($rs != 200) return;
  if ($avp(asked) == "*") sht_rm_name("contacts", "sw", "$avp(identity) ");
  $var(granted) = "";
  $var(longest) = 0;
  $var(rest) = $(hdr(Contact)[*]);
  if ($hdr(Contact) == $null) $var(rest) = "";
  route(NEXT_CONTACT);
  while ($var(contact) != "") {
    $var(key) = $var(contact) + " " + $var(regid);
    if (in_list("$var(key)", "$avp(asked)", ">") && $var(seconds) > 0) {
      $var(granted) = $var(granted) + $var(key) + ">";
      $sht(contacts=>$avp(identity) $var(key)) = $avp(flow) + ";";
      $shtex(contacts=>$avp(identity) $var(key)) = $var(seconds);
      if ($var(seconds) > $var(longest)) $var(longest) = $var(seconds);
    }
    route(NEXT_CONTACT);
  }
  # What was asked for and is not there any longer.
  $var(i) = 0;
  $var(key) = $(avp(asked){s.select,0,>});
  while ($var(key) != "") {
    if (!in_list("$var(key)", "$var(granted)", ">")) $sht(contacts=>$avp(identity) $var(key)) = $null;
    $var(i) = $var(i) + 1;
    $var(key) = $(avp(asked){s.select,$var(i),>});
  }
  if ($var(longest) > 0) {
    if ($sht(flows=>$avp(flow)) != $null && $shtex(flows=>$avp(flow)) > $var(longest))
      $var(longest) = $shtex(flows=>$avp(flow));
    # TS 24.229 5.2.2: the identities and the Service-Route that come with the 200.
    $sht(flows=>$avp(flow)) = $(hdr(P-Associated-URI){s.select,0,,}{nameaddr.uri});
    $shtex(flows=>$avp(flow)) = $var(longest);
    $sht(numbers=>$avp(flow)) = $(hdr(P-Associated-URI){s.select,1,,}{nameaddr.uri});
    $shtex(numbers=>$avp(flow)) = $var(longest);
    $sht(service_routes=>$avp(flow)) = $(hdr(Service-Route)[*]);
    $shtex(service_routes=>$avp(flow)) = $var(longest);
    route(REGISTERED_ANEW);
    route(REGISTERED_OVER_SET);
  }
  else if (!sht_has_str_value("contacts", "eq", "$avp(flow);")) {
    $var(gone) = $avp(flow);
    route(FORGET_FLOW);
    route(ENDED_OVER_SET);
  } else {
    $var(longest) = $shtex(flows=>$avp(flow));
    route(REGISTERED_OVER_SET);
  }
}

route[FORGET_FLOW] {
  $sht(flows=>$var(gone)) = $null;
  $sht(numbers=>$var(gone)) = $null;
  $sht(service_routes=>$var(gone)) = $null;
}

# Ends the script if the sender has a registration in TLS from the address from which this came outside TLS.
route[REFUSE_OUTSIDE_TLS] {
  $var(who) = $avp(sender) + " ";
  $var(who_length) = $(var(who){s.len});
  $var(from) = "tls:" + $si + ":";
  $var(from_length) = $(var(from){s.len});
  $var(in_tls) = 0;
  sht_iterator_start("each", "contacts");
  while (sht_iterator_next("each")) {
    if ($(shtitkey(each){s.substr,0,$var(who_length)}) == $var(who)
        && $(shtitval(each){s.substr,0,$var(from_length)}) == $var(from)) $var(in_tls) = 1;
  }
  sht_iterator_end("each");
  if (!$var(in_tls)) return;
  if (!is_method("ACK")) sl_send_reply("403", "SIP Outside TLS Refused");
  exit;
}

event_route[tcp:closed] {
  $var(gone) = $proto + ":" + $si + ":" + $sp;
  route(FORGET_FLOW);
  sht_rm_value("contacts", "sw", "$var(gone);");
}
`;
}
