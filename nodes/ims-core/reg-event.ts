import { quoted } from '../contacts';

/** Longest subscription in seconds that is granted: what TS 24.229 5.1.1.3 has a UE ask for. */
const mostSeconds = 600_000;

/** Seconds of a subscription that asks for none (RFC 3680 4.4). */
const defaultSeconds = 3761;

/** The settings of the tables of {@link regEvent}. */
export const regEventTables = `
# By tag of a subscription: the public user identity that is watched. It ends when the subscription expires.
modparam("htable", "htable", "watched=>size=8;autoexpire=${mostSeconds};")
# By tag and name: what else belongs to a subscription, and how many notifications were sent in it.
modparam("htable", "htable", "dialog=>size=8;")
`;

/**
 * Routing blocks for Kamailio with which the IMS core notifies of registrations (RFC 6665, RFC 3680, TS 24.229
 * 5.4.2.1). A subscription is known by the tag of this end, which no other has.
 *
 * A notification has the whole state, because nobody then has to keep count of what was lost. It can be longer than the
 * 1300 bytes above which RFC 3261 18.1.1 has a request sent over TCP; a UE that is connected by UDP can be reached by
 * nothing else.
 *
 * What changes while a notification is unanswered is told when the answer has come. A UE that is gone without a word thus
 * costs one notification, until Timer F ends its subscription, however often others register. Each is sent eleven times
 * over UDP, and some hundreds at once keep the core from all else.
 *
 * They need the modules tm, sl, pv, textops, textopsx, htable, registrar and uac, the tables `served` and `tel`, and the
 * route ADDRESS_OF_RECORD.
 */
export function regEvent({ address, port, pcscf }: { address: string; port: number; pcscf: string }): string {
  return `
# RFC 6665 4.2.1: a subscription begins, is refreshed, or ends with 0 seconds.
route[SUBSCRIBE] {
  if ($(hdr(Event){s.select,0,;}{s.trim}) != "reg") {
    append_to_reply("Allow-Events: reg\\r\\n");
    send_reply("489", "Bad Event");
    exit;
  }
  if ($hdr(Accept) != $null && !($(hdr(Accept)[*]) =~ "(application/(reginfo[+]xml|[*])|[*]/[*])")) {
    append_to_reply("Accept: application/reginfo+xml\\r\\n");
    send_reply("406", "Not Acceptable");
    exit;
  }
  $var(seconds) = ${defaultSeconds};
  if ($hdr(Expires) != $null) {
    if (!($hdr(Expires) =~ "^[0-9]+[ \\t]*$")) {
      send_reply("400", "Invalid Expires");
      exit;
    }
    $var(seconds) = $(hdr(Expires){s.int});
    if ($var(seconds) > ${mostSeconds} || $(hdr(Expires){s.len}) > 9) $var(seconds) = ${mostSeconds};
  }
  # The target becomes a Request-URI, in which other characters would be another line.
  if (!($(ct{nameaddr.uri}) =~ '^sip:[^[:space:]<>"]+$')) {
    send_reply("400", "No Contact");
    exit;
  }
  if (has_totag()) {
    $var(tag) = $tt;
    if ($sht(watched=>$var(tag)) == $null || $sht(dialog=>$var(tag) call-id) != $ci
        || $sht(dialog=>$var(tag) remote-tag) != $ft) {
      send_reply("481", "Subscription Does Not Exist");
      exit;
    }
    $var(impu) = $sht(watched=>$var(tag));
  } else {
    route(MAY_WATCH);
    $var(tag) = $(TV(u){s.md5});
    $var(tag) = $(var(tag){s.substr,0,16}) + $(ci{s.md5}{s.substr,0,8}) + $RANDOM;
    # The answer copies To.
    $var(to) = $hdr(To);
    remove_hf("To");
    append_hf("To: $var(to);tag=$var(tag)\\r\\n");
    msg_apply_changes();
    $sht(dialog=>$var(tag) call-id) = $ci;
    $sht(dialog=>$var(tag) remote-tag) = $ft;
    $sht(dialog=>$var(tag) local) = $hdr(To);
    $sht(dialog=>$var(tag) remote) = $hdr(From);
    $sht(dialog=>$var(tag) routes) = $(hdr(Record-Route)[*]);
    $sht(dialog=>$var(tag) sent) = 0;
    # Who tells of a change that has been made by now finds, as soon as the watcher is there, that it need not.
    $var(lost) = "";
    route(REGISTRATION_STATE);
    $sht(dialog=>$var(tag) told) = $var(now);
    $sht(dialog=>$var(tag) unanswered) = 1;
  }
  # RFC 6665 4.4.1: also a refresh may name another target.
  $sht(dialog=>$var(tag) target) = $(ct{nameaddr.uri});
  $sht(watched=>$var(tag)) = $var(impu);
  $shtex(watched=>$var(tag)) = $var(seconds);
  if (!t_newtran()) exit;
  append_to_reply("Expires: $var(seconds)\\r\\nContact: <sip:${address}:${port}>\\r\\n");
  t_reply("200", "OK");
  $var(lost) = "";
  route(REGISTRATION_STATE);
  if ($var(seconds) == 0) $var(over) = "timeout";
  # RFC 6665 4.2.1.2: at once, whatever is unanswered.
  route(NOTIFY);
  exit;
}

# TS 24.229 5.4.2.1.1: whoever is registered may watch their own identities. Leaves the first of them in "impu".
route[MAY_WATCH] {
  $var(uri) = $ru;
  route(ADDRESS_OF_RECORD);
  if ($sht(served=>$var(aor)) == $null) {
    send_reply("404", "Not Found");
    exit;
  }
  $var(impu) = $sht(served=>$var(aor));
  $var(uri) = $(hdr(P-Asserted-Identity){nameaddr.uri});
  route(ADDRESS_OF_RECORD);
  if ($sht(served=>$var(aor)) != $var(impu)) {
    send_reply("403", "Not The Watcher's Own Identity");
    exit;
  }
  if (!registered("location", "$var(impu)")) {
    send_reply("480", "Temporarily Unavailable");
    exit;
  }
}

# What is registered for "impu" before and after a change, so that the watchers are told of one.
route[BEFORE_CHANGE] {
  $var(had) = "";
  if (!reg_fetch_contacts("location", "$var(impu)", "before")) return;
  $var(i) = 0;
  while ($(ulc(before=>addr)[$var(i)]) != $null) {
    $var(had) = $var(had) + $(ulc(before=>ruid)[$var(i)]) + " " + $(ulc(before=>addr)[$var(i)]) + ";";
    $var(i) = $var(i) + 1;
  }
}

route[AFTER_CHANGE] {
  $var(has) = "";
  $var(ruids) = "";
  $var(addrs) = "";
  if (reg_fetch_contacts("location", "$var(impu)", "bound")) {
    $var(i) = 0;
    while ($(ulc(bound=>addr)[$var(i)]) != $null) {
      $var(has) = $var(has) + $(ulc(bound=>ruid)[$var(i)]) + " " + $(ulc(bound=>addr)[$var(i)]) + ";";
      $var(ruids) = $var(ruids) + $(ulc(bound=>ruid)[$var(i)]) + ";";
      $var(addrs) = $var(addrs) + $(ulc(bound=>addr)[$var(i)]) + " ";
      $var(i) = $var(i) + 1;
    }
  }
  if ($var(has) == $var(had)) return;
  $var(contacts) = "";
  $var(how) = 'state="terminated" event="unregistered"';
  $var(i) = 0;
  while ($var(had) != "" && $(ulc(before=>addr)[$var(i)]) != $null) {
    $var(ruid) = $(ulc(before=>ruid)[$var(i)]);
    if (!in_list("$var(ruid)", "$var(ruids)", ";")) {
      $var(addr) = $(ulc(before=>addr)[$var(i)]);
      $var(regid) = $(ulc(before=>regid)[$var(i)]);
      route(CONTACT_ELEMENT);
      # What took its place may have the same Contact.
      if (!in_list("$var(addr)", "$var(addrs)", " ")) $sht(parameters=>$var(impu) $var(addr) $var(regid)) = $null;
    }
    $var(i) = $var(i) + 1;
  }
  $var(lost) = $var(contacts);
  route(NOTIFY_WATCHERS);
}

# The registration has changed: tells all who watch "impu". What it lost, as XML elements, is in "lost".
route[NOTIFY_WATCHERS] {
  # A table is locked while it is gone through, so nothing is sent meanwhile.
  $var(watchers) = "";
  sht_iterator_start("each", "watched");
  while (sht_iterator_next("each")) {
    if ($shtitval(each) == $var(impu)) $var(watchers) = $var(watchers) + $shtitkey(each) + ";";
  }
  sht_iterator_end("each");
  if ($var(watchers) == "") return;
  route(REGISTRATION_STATE);
  $var(n) = 0;
  $var(tag) = $(var(watchers){s.select,0,;});
  while ($var(tag) != "") {
    # Who subscribed when the change had been made, but not yet been told of, knows it.
    if ($sht(dialog=>$var(tag) told) != $var(now)
        && ($sht(dialog=>$var(tag) unanswered) == $null || $var(over) != "")) route(NOTIFY);
    $var(n) = $var(n) + 1;
    $var(tag) = $(var(watchers){s.select,$var(n),;});
  }
}

# A notification was taken. A change that is made from here on is told by who makes it, and any other is seen here.
route[NOTIFY_FURTHER] {
  if ($sht(watched=>$var(tag)) == $null) return;
  $sht(dialog=>$var(tag) unanswered) = $null;
  $var(impu) = $sht(watched=>$var(tag));
  $var(lost) = "";
  route(REGISTRATION_STATE);
  if ($sht(dialog=>$var(tag) told) != $var(now)) route(NOTIFY);
}

# The contacts of "impu" go to "contacts", as XML elements with those that are in "lost", and to "now" in short. In "over"
# is why nobody can watch it any longer (RFC 6665 4.1.3), or nothing.
route[REGISTRATION_STATE] {
  $var(contacts) = "";
  $var(now) = "";
  $var(over) = "noresource";
  if (reg_fetch_contacts("location", "$var(impu)", "bound")) {
    $var(i) = 0;
    while ($(ulc(bound=>addr)[$var(i)]) != $null) {
      $var(left) = $(ulc(bound=>expires)[$var(i)]) - $Ts;
      if ($var(left) > 0) {
        $var(over) = "";
        $var(how) = 'state="active" event="registered" expires="' + $var(left) + '"';
        $var(addr) = $(ulc(bound=>addr)[$var(i)]);
        $var(regid) = $(ulc(bound=>regid)[$var(i)]);
        $var(ruid) = $(ulc(bound=>ruid)[$var(i)]);
        $var(now) = $var(now) + $var(ruid) + " " + $var(addr) + ";";
        route(CONTACT_ELEMENT);
      }
      $var(i) = $var(i) + 1;
    }
  }
  $var(contacts) = $var(contacts) + $var(lost);
}

# Adds to "contacts" the XML element of the contact of "impu" with "addr", "regid" and "ruid", which is as "how" says. The
# identity that it belongs to goes in for %, because an id belongs to one element only (RFC 3680 5.2).
route[CONTACT_ELEMENT] {
  $var(text) = $var(addr);
  route(XML_TEXT);
  $var(contacts) = $var(contacts) + '<contact id="%' + $var(ruid) + '" ' + $var(how) + '><uri>' + $var(text) + '</uri>'
    + $sht(parameters=>$var(impu) $var(addr) $var(regid)) + '</contact>';
}

# Makes XML elements of the "parameters" of a contact, but not of those that are attributes of its own element.
route[PARAMETER_ELEMENTS] {
  $var(elements) = "";
  while ($var(parameters) =~ '^[[:space:];]*[-.!%*_+~[:alnum:]]') {
    $var(name) = $(var(parameters){re.subst,/^[[:space:];]*([-.!%*_+~[:alnum:]]+).*$/\\1/s});
    $var(parameters) = $(var(parameters){re.subst,/^[[:space:];]*[-.!%*_+~[:alnum:]]+[[:space:]]*(.*)$/!\\1/s}{s.strip,1});
    $var(text) = "";
    if ($var(parameters) =~ "^=") {
      $var(text) = $(var(parameters){re.subst,/^=[[:space:]]*(${quoted}|[^;"]*).*$/!\\1/s}{s.strip,1}{s.trim});
      $var(parameters) = $(var(parameters){re.subst,/^=[[:space:]]*(${quoted}|[^;"]*)(.*)$/!\\3/s}{s.strip,1});
    }
    if (!($var(name) =~ "^(q|expires)$")) {
      route(XML_TEXT);
      $var(value) = $var(text);
      $var(text) = $var(name);
      route(XML_TEXT);
      $var(elements) = $var(elements) + '<unknown-param name="' + $var(text) + '">' + $var(value) + '</unknown-param>';
    }
  }
}

# Makes "text" fit to stand in XML. What a UE writes can be any bytes; those that are no ASCII are not shown.
route[XML_TEXT] {
  if ($var(text) == "") return;
  $var(text) = $(var(text){re.subst,/[^ -~]/?/g}{s.replace,&,&amp;}{s.replace,<,&lt;}{s.replace,>,&gt;}{s.replace,%,&#37;});
}

# Notifies of what route REGISTRATION_STATE said in the subscription with "tag". The subscription ends if it is "over", or
# if no answer will come because nothing could be sent.
route[NOTIFY] {
  # Before it is told, so that whoever knows finds it ended.
  if ($var(over) != "") $sht(watched=>$var(tag)) = $null;
  route(SEND_NOTIFY);
  if ($var(over) != "" || !$var(sent)) route(FORGET_SUBSCRIPTION);
}

route[SEND_NOTIFY] {
  $var(number) = $shtinc(dialog=>$var(tag) sent);
  $sht(dialog=>$var(tag) told) = $var(now);
  $sht(dialog=>$var(tag) unanswered) = 1;
  $var(registrations) = "";
  $var(identity) = $var(impu);
  $var(id) = "s";
  route(REGISTRATION_ELEMENT);
  $var(identity) = $sht(tel=>$var(impu));
  $var(id) = "t";
  route(REGISTRATION_ELEMENT);
  if ($var(over) == "") {
    $var(left) = $shtex(watched=>$var(tag));
    $var(subscription) = "active;expires=" + $var(left);
  } else {
    $var(subscription) = "terminated;reason=" + $var(over);
  }
  $uac_req(all) = $null;
  $uac_req(method) = "NOTIFY";
  $uac_req(ruri) = $sht(dialog=>$var(tag) target);
  $uac_req(furi) = $var(impu);
  $uac_req(turi) = $var(impu);
  $uac_req(ouri) = "sip:${pcscf}:5060;transport=udp";
  $uac_req(body) = '<?xml version="1.0"?><reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="' + ($var(number) - 1)
    + '" state="full">' + $var(registrations) + '</reginfo>';
  $uac_req(evroute) = 1;
  $uac_req(evparam) = $var(tag);
  $var(sent) = 0;
  if (uac_req_send()) $var(sent) = 1;
}

route[REGISTRATION_ELEMENT] {
  $var(text) = $var(identity);
  route(XML_TEXT);
  $var(state) = "active";
  if (!($var(contacts) =~ 'state="active"')) $var(state) = "terminated";
  $var(registrations) = $var(registrations) + '<registration aor="' + $var(text) + '" id="' + $var(id) + $(var(impu){s.md5})
    + '" state="' + $var(state) + '">' + $(var(contacts){s.replace,%,$var(id)}) + '</registration>';
}

route[FORGET_SUBSCRIPTION] {
  $sht(watched=>$var(tag)) = $null;
  sht_rm_name("dialog", "sw", "$var(tag)");
}

# What belongs to the dialog, which a request that begins one has otherwise.
event_route[tm:local-request] {
  if (!is_method("NOTIFY")) return;
  remove_hf("From");
  remove_hf("To");
  remove_hf("Call-ID");
  remove_hf("CSeq");
  append_hf("From: $sht(dialog=>$var(tag) local)\\r\\n");
  append_hf("To: $sht(dialog=>$var(tag) remote)\\r\\n");
  append_hf("Call-ID: $sht(dialog=>$var(tag) call-id)\\r\\n");
  append_hf("CSeq: $var(number) NOTIFY\\r\\n");
  append_hf("Route: $sht(dialog=>$var(tag) routes)\\r\\n");
  append_hf("Contact: <sip:${address}:${port}>\\r\\n");
  append_hf("Event: reg\\r\\n");
  append_hf("Subscription-State: $var(subscription)\\r\\n");
  append_hf("Content-Type: application/reginfo+xml\\r\\n");
}

# RFC 6665 4.2.2: a subscription ends with the first notification that was not taken.
route[NOTIFY_ANSWERED] {
  $var(tag) = $uac_req(evparam);
  if ($uac_req(evcode) < 300) route(NOTIFY_FURTHER);
  else route(FORGET_SUBSCRIPTION);
}

# Kamailio removes what has expired from the table itself. This and the next route run in one process, which may
# therefore lock the tables of subscriptions and of registrations in either order.
event_route[htable:expired:watched] {
  $var(tag) = $shtrecord(key);
  $var(impu) = $shtrecord(value);
  $var(lost) = "";
  route(REGISTRATION_STATE);
  $var(over) = "timeout";
  route(SEND_NOTIFY);
  sht_rm_name("dialog", "sw", "$var(tag)");
}

event_route[usrloc:contact-expired] {
  # The table of registrations leaves the scheme out.
  $var(impu) = "sip:" + $ulc(exp=>aor);
  $var(contacts) = "";
  $var(how) = 'state="terminated" event="expired"';
  $var(addr) = $ulc(exp=>addr);
  $var(regid) = $ulc(exp=>regid);
  $var(ruid) = $ulc(exp=>ruid);
  route(CONTACT_ELEMENT);
  $sht(parameters=>$var(impu) $var(addr) $var(regid)) = $null;
  $var(lost) = $var(contacts);
  route(NOTIFY_WATCHERS);
  route(UNASSIGN);
}
`;
}
