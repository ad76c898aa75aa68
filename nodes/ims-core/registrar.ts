/** Bindings of one identity that are kept beside each other; the one that was registered longest ago makes room. */
const mostBindings = 10;

/** The settings of Kamailio's modules usrloc and registrar for {@link registrar}. */
export const registrarSettings = `
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "use_domain", 1)
# Seconds after which the end of a registration is seen.
modparam("usrloc", "timer_interval", 1)
# The binding that was registered last comes first.
modparam("usrloc", "desc_time_order", 1)
modparam("registrar", "case_sensitive", 1)
modparam("registrar", "use_path", 1)
# The 200 has the Path in any case, and not only if the UE knows the header field (TS 24.229 5.4.1.2.2F).
modparam("registrar", "path_mode", 0)
modparam("registrar", "outbound_mode", 1)
# A UE of the lab is to be reached over its flow, which its Contact asks for with "ob" and a GRUU would not.
modparam("registrar", "gruu_enabled", 0)
modparam("registrar", "default_expires", 600)
# TS 24.229 5.1.1.2.1: what a UE asks for.
modparam("registrar", "max_expires", 600000)
# What is asked for may be shortened, never lengthened (RFC 3261 10.3 item 7), which 60 s would be here.
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_contacts", ${2 * mostBindings})
# By identity, Contact and reg-id: the parameters of the Contact as XML elements.
modparam("htable", "htable", "parameters=>size=8;")
`;

/**
 * Routing blocks for Kamailio with which the IMS core is a registrar (RFC 3261 10.3, RFC 5626 6, TS 24.229 5.4.1) and
 * finds who is registered.
 *
 * - The flows of an instance, each with a reg-id, stand beside each other, and so do contacts without one. A request goes
 *   to what was registered last, and to the next at 430 (RFC 5626 5.3.1).
 * - Contacts are compared as URIs, and those of an instance by its id and reg-id. Kamailio's module compares bytes, and
 *   takes all flows of an instance away when one is registered with another Call-ID; what it would take for another is
 *   therefore removed before.
 *
 * They need the modules tm, sl, pv, textops, textopsx, siputils, htable, usrloc and registrar, and the other blocks of the core.
 * @param core the core's own address, and where the P-CSCF is
 */
export function registrar(core: { address: string; port: number; pcscf: string }): string {
  const { address, port, pcscf } = core;
  return `
route[REGISTER] {
  # Before there is a transaction, which keeps the request as it is then.
  route(WITHOUT_OUTBOUND);
  # An answer that was sent again is a second use of its nonce unless a transaction takes it.
  if (!t_newtran()) exit;
  # RFC 3261 8.2.2.3.
  $var(unknown) = "";
  $var(i) = 0;
  $var(option) = "";
  if ($hdr(Require) != $null) $var(option) = $(hdr(Require)[*]{s.select,0,,}{s.trim});
  while ($var(option) != "") {
    if (!($var(option) =~ "^(path|outbound)$")) $var(unknown) = $var(unknown) + ", " + $var(option);
    $var(i) = $var(i) + 1;
    $var(option) = $(hdr(Require)[*]{s.select,$var(i),,}{s.trim});
  }
  if ($var(unknown) != "") {
    $var(unknown) = $(var(unknown){s.strip,2});
    append_to_reply("Unsupported: $var(unknown)\\r\\n");
    send_reply("420", "Bad Extension");
    exit;
  }
  route(AUTHENTICATE);
}

# The user has been authenticated as "impi"; who is to be registered is in "aor". The HSS is told before there is a binding.
route[AUTHENTICATED] {
  if ($var(aor) != $sht(impu=>$var(impi))) {
    send_reply("403", "Not This Subscriber's Identity");
    exit;
  }
  $var(binds) = 0;
  if ($(hdr(Contact){s.trim}) == "*") {
    # Kamailio's module takes it for an error where there is a Path.
    if (!($hdr(Expires) =~ "^0+[ \\t]*$")) {
      send_reply("400", "Expires Is Not 0");
      exit;
    }
  } else if ($ct != $null) {
    $var(rest) = $(hdr(Contact)[*]);
    route(NEXT_CONTACT);
    while ($var(contact) != "") {
      # It becomes a Request-URI, in which other characters would be another line.
      if ($var(contact) =~ '[[:space:]"]') {
        send_reply("400", "Invalid Contact");
        exit;
      }
      if ($var(seconds) != 0) $var(binds) = 1;
      else if (!($var(unquoted) =~ ';[[:space:]]*expires[[:space:]]*=')
          && !($hdr(Expires) =~ "^0+[ \\t]*$")) $var(binds) = 1;
      route(NEXT_CONTACT);
    }
  }
  if ($var(binds)) {
    $var(ask) = "assign";
    route(ASK);
  }
  route(ASSIGNED);
}

# The HSS knows what is to be registered as "aor" by "impi".
route[ASSIGNED] {
  $var(impu) = $var(aor);
  if ($avp(info) != $null) append_to_reply("Authentication-Info: $avp(info)\\r\\n");
  append_to_reply("P-Associated-URI: <$var(impu)>, <$sht(tel=>$var(impu))>\\r\\n");
  append_to_reply("Service-Route: <sip:orig@${address}:${port};lr>\\r\\n");
  if ($hdr(Path) != $null) append_to_reply("Path: $(hdr(Path)[*])\\r\\n");
  append_to_reply("Supported: path\\r\\n");
  route(BEFORE_CHANGE);
  if ($(hdr(Contact){s.trim}) == "*") {
    unregister("location", "$var(impu)");
    send_reply("200", "OK");
  } else {
    if ($ct != $null) {
      route(MAKE_ROOM);
      route(KEEP_PARAMETERS);
    }
    # In a transaction that has waited, it answers only if it succeeds.
    if (!save("location", "0x00", "$var(impu)")) reg_send_reply();
  }
  route(AFTER_CHANGE);
  route(UNASSIGN);
  exit;
}

# RFC 5626 6: where no contact has a reg-id, outbound is not used, and the 200 must not require it. Kamailio asks only
# whether the UE supports it, so the module is shown a REGISTER without that.
route[WITHOUT_OUTBOUND] {
  if ($hdr(Supported) == $null) return;
  $var(rest) = $(hdr(Contact)[*]);
  route(NEXT_CONTACT);
  while ($var(contact) != "") {
    if ($var(regid) != 0) return;
    route(NEXT_CONTACT);
  }
  remove_hf("Supported");
  msg_apply_changes();
}

# RFC 5626 6: the reg-id of a contact means nothing without outbound, nor without the edge's "ob".
route[NEXT_BOUND_CONTACT] {
  route(NEXT_CONTACT);
  if (!($hdr(Path) =~ ";ob[;>]") || !($(hdr(Supported)[*]) =~ "(^|[ ,])outbound([ ,]|$)")) $var(regid) = 0;
}

# Removes the bindings that the contacts of a REGISTER take the place of, where Kamailio would not see it.
route[MAKE_ROOM] {
  $var(rest) = $(hdr(Contact)[*]);
  route(NEXT_BOUND_CONTACT);
  while ($var(contact) != "") {
    $var(i) = 0;
    while ($var(had) != "" && $(ulc(before=>addr)[$var(i)]) != $null) {
      $var(ruid) = $(ulc(before=>ruid)[$var(i)]);
      if ($var(instance) != "" && $(ulc(before=>instance)[$var(i)]) == $var(instance)
          && $(ulc(before=>regid)[$var(i)]) == $var(regid)) {
        if ($(ulc(before=>callid)[$var(i)]) != $ci) unregister("location", "$var(impu)", "$var(ruid)");
      } else if ($var(regid) == 0 && $(ulc(before=>regid)[$var(i)]) == 0
          && ($(ulc(before=>addr)[$var(i)]) != $var(contact) || $(ulc(before=>instance)[$var(i)]) != $var(instance))
          && cmp_uri("$(ulc(before=>addr)[$var(i)])", "$var(contact)")) {
        unregister("location", "$var(impu)", "$var(ruid)");
      }
      $var(i) = $var(i) + 1;
    }
    route(NEXT_BOUND_CONTACT);
  }
  if ($var(had) == "") return;
  if ($(ulc(before=>ruid)[${mostBindings - 1}]) != $null) {
    $var(i) = ${mostBindings - 1};
    while ($(ulc(before=>ruid)[$var(i)]) != $null) $var(i) = $var(i) + 1;
    $var(i) = $var(i) - 1;
    unregister("location", "$var(impu)", "$(ulc(before=>ruid)[$var(i)])");
  }
}

# Keeps what the watchers are told of the parameters of the contacts (RFC 3680 5.3.2.4). They are there before the bindings
# are, since the 200 goes out with these, and whoever then subscribes is told of both.
route[KEEP_PARAMETERS] {
  $var(rest) = $(hdr(Contact)[*]);
  route(NEXT_BOUND_CONTACT);
  while ($var(contact) != "") {
    route(PARAMETER_ELEMENTS);
    $sht(parameters=>$var(impu) $var(contact) $var(regid)) = $var(elements);
    route(NEXT_BOUND_CONTACT);
  }
}

# A request that a UE sent to the core: to whom it goes.
route[TERMINATING] {
  $var(uri) = $ru;
  route(ADDRESS_OF_RECORD);
  if ($sht(served=>$var(aor)) == $null) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  $avp(called) = $sht(served=>$var(aor));
  $avp(tried) = "";
  route(NEXT_FLOW);
  if ($var(flow) == 0) {
    sl_send_reply("480", "Temporarily Unavailable");
    exit;
  }
  # TS 24.229 5.4.3.3: as whom the UE was called, since the Request-URI becomes its Contact.
  remove_hf("P-Called-Party-ID");
  append_hf("P-Called-Party-ID: <$var(aor)>\\r\\n");
  if (is_method("INVITE")) record_route();
  route(TO_FLOW);
  exit;
}

# Takes the binding of "called" that was registered last of those that were not tried. Leaves in "flow" whether there is one.
route[NEXT_FLOW] {
  $var(flow) = 0;
  if (!reg_fetch_contacts("location", "$avp(called)", "called")) return;
  $var(i) = 0;
  while ($(ulc(called=>addr)[$var(i)]) != $null) {
    $var(ruid) = $(ulc(called=>ruid)[$var(i)]);
    if ($(ulc(called=>expires)[$var(i)]) > $Ts && !in_list("$var(ruid)", "$avp(tried)", ";")) {
      $var(flow) = 1;
      $avp(tried) = $avp(tried) + $var(ruid) + ";";
      $ru = $(ulc(called=>addr)[$var(i)]);
      $avp(path) = $(ulc(called=>path)[$var(i)]);
      return;
    }
    $var(i) = $var(i) + 1;
  }
}

route[TO_FLOW] {
  $du = "sip:${pcscf}:5060;transport=udp";
  t_on_branch("BY_PATH");
  t_on_failure("FLOW_FAILED");
  if (!t_relay()) send_reply("480", "Temporarily Unavailable");
}

branch_route[BY_PATH] {
  append_hf("Route: $avp(path)\\r\\n");
}

# RFC 5626 5.3.1: a 430 is between the edge and this proxy.
failure_route[FLOW_FAILED] {
  if (t_is_canceled() || !t_check_status("430")) exit;
  route(NEXT_FLOW);
  if ($var(flow)) route(TO_FLOW);
  else t_reply("480", "Temporarily Unavailable");
}
`;
}
