import { regAwaitAuthSeconds } from '../reg-await-auth';
import { assignedSeconds } from './scscf';

/** The settings of Kamailio's modules for {@link authentication}. */
export const authenticationSettings = `
# By nonce: those that were sent as challenges of AKA and are not answered. They go with the timer reg-await-auth.
modparam("htable", "htable", "aka=>size=8;autoexpire=${regAwaitAuthSeconds};")
# By nonce and count: the answers to challenges of SIP Digest that were good, as long as ims_auth keeps a nonce.
modparam("htable", "htable", "answered=>size=8;autoexpire=3600;")
# By nonce: those of challenges that have just been sent, which ims_auth may be about to keep.
modparam("htable", "htable", "fresh=>size=8;autoexpire=10;")
# By public user identity: those that the HSS has been told are registered.
modparam("htable", "htable", "assigned=>size=8;")
`;

/** Where the registrar finds the Kamailio that asks the HSS. */
export interface AuthenticationFacts {
  /** The core's own address, at which that Kamailio listens too. */
  readonly address: string;
  readonly scscfPort: number;
  readonly domain: string;
}

/**
 * Routing blocks for Kamailio that go on with a REGISTER only when the user has been authenticated and the HSS has been told
 * (TS 24.229 5.4.1.2). What the HSS is asked for, another Kamailio asks (`scscf.ts`); meanwhile the transaction waits.
 *
 * - What the P-CSCF says with `integrity-protected` chooses the scheme: "no" and "yes" are IMS AKA (TS 33.203 clause 6), and
 *   all else is SIP Digest (Annex N). Only a protected request is authenticated by AKA, and each challenge of AKA once, so that
 *   every re-registration makes new security associations. AUTS and the answer without RES after a wrong MAC come
 *   unprotected too, because there are no associations then (5.1.1.5.3).
 * - An answer to a challenge of SIP Digest is good once: its nonce count has to be higher than any before it. It says so with
 *   qop, which RFC 3261 22.4 has every client use that is challenged with it; one without could be used again for another Contact.
 * - Without an answer of the HSS that can be used the UE gets 504.
 *
 * The HSS knows an identity as registered while there is any binding. It is told before the first binding is, and after the
 * last has gone, when the UE has its answer (5.4.1.4.1).
 *
 * They need the modules tm, tmx, sl, pv, siputils, htable, uac and registrar, and the route ADDRESS_OF_RECORD. A transaction
 * has to be there. The route AUTHENTICATED is where they go on.
 */
export function authentication({ address, scscfPort, domain }: AuthenticationFacts): string {
  return `
# Chooses by what the REGISTER says what is to be done first, and does not return.
route[AUTHENTICATE] {
  $var(uri) = $tu;
  route(ADDRESS_OF_RECORD);
  route(CREDENTIALS);
  if ($var(scheme) == "digest") {
    # What ims_auth would take, or call an error: no qop, and no count that is a number.
    if ($var(nonce) == "" || $(var(response){s.len}) != 32 || !($var(unquoted) =~ "[ ,]qop *= *auth *(,|$)")
        || $var(count) == "") $var(ask) = "challenge-digest";
    else $var(ask) = "authenticate";
    # Here, because ims_auth would forget the nonce at once, and so refuse the next count too.
    if ($var(ask) == "authenticate" && $sht(answered=>$var(nonce) $var(count)) != $null) {
      # The digest is right and the nonce is not: the UE need not ask its user for another password (RFC 2617 3.2.1).
      if ($sht(answered=>$var(nonce) $var(count)) == $var(response)) $avp(stale) = 1;
      $var(ask) = "challenge-digest";
    }
  } else if ($var(nonce) != "" && $var(auts) != "") {
    $var(ask) = "resynchronise";
  } else if ($var(nonce) != "" && $var(response) == "") {
    # TS 24.229 5.1.1.5.3: the UE found that the challenge was not this network's.
    $var(why) = "the UE did not accept the challenge, whose MAC it found wrong; check K and OPc at the HSS";
    route(REFUSED);
    send_reply("403", "Authentication Failed");
    exit;
  } else if ($var(protected) == "yes" && $var(nonce) != "" && $sht(aka=>$var(nonce)) != $null) {
    $var(ask) = "authenticate";
  } else {
    $var(ask) = "challenge-aka";
  }
  route(ASK);
}

# Leaves what the Authorization of the realm says in "scheme", "protected", "impi", "nonce", "count",
# "response" and "auts".
route[CREDENTIALS] {
  $var(impi) = "";
  $var(nonce) = "";
  $var(count) = "";
  $var(response) = "";
  $var(auts) = "";
  $var(protected) = "";
  $var(unquoted) = "";
  $var(credentials) = "";
  # What has no user, or is of another realm, is no answer to a challenge of this one.
  if ($hdr(Authorization) != $null && $ar == "${domain}" && $aU != $null && !($aU =~ '[[:space:]"\\\\<>]')) {
    $var(credentials) = $(hdr(Authorization){re.subst,/[[:space:]]+/ /g});
    $var(impi) = $aU;
    if ($adn != $null) $var(nonce) = $adn;
    if ($adr != $null) $var(response) = $adr;
    # What stands in quotes is another parameter's value, unless it is one that is looked for.
    $var(unquoted) = $(var(credentials){re.subst,/"(yes|no|auth)"/\\1/g}{re.subst,/"[^"]*"/""/g});
    if ($var(unquoted) =~ "[ ,]integrity-protected *= *yes *(,|$)") $var(protected) = "yes";
    if ($var(unquoted) =~ "[ ,]integrity-protected *= *no *(,|$)") $var(protected) = "no";
    if ($var(unquoted) =~ "[ ,]nc *= *[0-9a-fA-F]{8} *(,|$)")
      $var(count) = $(var(unquoted){re.subst,/^.*[ ,]nc *= *([0-9a-fA-F]{8}) *(,.*)?$/\\1/}{s.tolower});
    if ($var(credentials) =~ '[ ,]auts *= *"[A-Za-z0-9+/=]+"')
      $var(auts) = $(var(credentials){re.subst,/^.*[ ,]auts *= *"([^"]*)".*$/\\1/});
  }
  $var(scheme) = "digest";
  if ($var(protected) != "") $var(scheme) = "aka";
  # TS 23.003 13.3 and B.3: without an IMPI it is the IMPU without its scheme.
  if ($var(impi) == "") $var(impi) = $(var(aor){s.strip,4});
}

# Sends the question "ask" about the REGISTER to the Kamailio that asks the HSS. The answer goes on in route ANSWERED.
route[ASK] {
  if ($(var(credentials){s.len}) > 1500) {
    send_reply("400", "Authorization Too Long");
    exit;
  }
  # Milliseconds. The other Kamailio has answered by then, unless it hangs.
  t_set_fr(15000, 15000);
  t_on_failure("NO_ANSWER");
  $var(index) = $T(id_index);
  $var(label) = $T(id_label);
  t_suspend();
  $var(evparam) = "REGISTER " + $var(ask) + " " + $var(index) + " " + $var(label);
  # Its digest URI is not looked at.
  if ($var(ask) =~ "^(challenge|assign)") $var(credentials) = "";
  route(SEND_QUESTION);
  if (!$var(sent)) {
    $var(code) = 500;
    $var(reason) = "Nothing Could Be Sent";
    t_continue("$var(index)", "$var(label)", "ANSWERED");
  }
  exit;
}

# Sends "ask" for "aor" and "impi", with "credentials" if there are any.
route[SEND_QUESTION] {
  if ($var(credentials) == "")
    $var(credentials) = 'Digest username="' + $var(impi) + '", realm="${domain}", nonce="", uri="sip:${domain}", response=""';
  $var(seconds) = ${assignedSeconds};
  if ($var(ask) == "assign" && $var(evparam) == "UNASSIGN") $var(seconds) = 0;
  $uac_req(all) = $null;
  $uac_req(method) = "REGISTER";
  $uac_req(ruri) = "sip:" + $var(ask) + "@${address}:${scscfPort};transport=udp";
  if ($var(ask) == "authenticate" && $sht(fresh=>$var(nonce)) != $null) $uac_req(ruri) = $uac_req(ruri) + ";fresh=yes";
  $uac_req(furi) = $var(aor);
  $uac_req(turi) = $var(aor);
  # The Contact stands for all bindings of the identity. Kamailio keeps contacts by their URI, whosever they are.
  $uac_req(hdrs) = "Authorization: " + $var(credentials) + "\\r\\nContact: <sip:" + $(var(aor){s.md5}) + "@${address}>;expires="
    + $var(seconds) + "\\r\\n";
  $uac_req(evroute) = 1;
  $uac_req(evparam) = $var(evparam);
  $var(sent) = 0;
  if (uac_req_send()) $var(sent) = 1;
}

# An answer to a question: the transaction that waits for it goes on.
route[QUESTION_ANSWERED] {
  $var(code) = $uac_req(evcode);
  $var(reason) = "No Answer";
  $var(challenge) = "";
  $var(info) = "";
  if ($uac_req(evtype) == 1) {
    $var(reason) = $rr;
    if ($hdr(WWW-Authenticate) != $null) $var(challenge) = $hdr(WWW-Authenticate);
    if ($hdr(Authentication-Info) != $null) $var(info) = $hdr(Authentication-Info);
  }
  $var(evparam) = $uac_req(evparam);
  if ($var(evparam) == "UNASSIGN") {
    if ($var(code) >= 300) xlog("L_WARN", "nimsfw: the HSS was not told of a de-registration: $var(code) $var(reason)\\n");
    return;
  }
  $var(ask) = $(var(evparam){s.select,1, });
  $var(index) = $(var(evparam){s.select,2, }{s.int});
  $var(label) = $(var(evparam){s.select,3, }{s.int});
  t_continue("$var(index)", "$var(label)", "ANSWERED");
}

failure_route[NO_ANSWER] {
  $var(uri) = $tu;
  route(ADDRESS_OF_RECORD);
  route(CREDENTIALS);
  $var(why) = "the program that asks the HSS does not answer; look at the log of scscf";
  route(REFUSED);
  t_reply("504", "Server Time-out");
}

# What was answered to "ask" is in "code" and "reason".
route[ANSWERED] {
  $var(uri) = $tu;
  route(ADDRESS_OF_RECORD);
  route(CREDENTIALS);
  if ($var(ask) == "authenticate" && $var(code) == 200) {
    if ($var(scheme) == "aka") $sht(aka=>$var(nonce)) = $null;
    else $sht(answered=>$var(nonce) $var(count)) = $var(response);
    # RFC 2617 3.2.2.5.
    if ($var(scheme) == "digest" && !cmp_uri("$adu", "$ou")) {
      send_reply("400", "Digest URI Is Not The Request-URI");
      exit;
    }
    # A nonce of AKA is good once, so none is the next.
    if ($var(scheme) == "aka") $var(info) = $(var(info){re.subst,/nextnonce="[^"]*", *//});
    if ($var(info) != "") $avp(info) = $var(info);
    route(AUTHENTICATED);
    exit;
  }
  if ($var(ask) == "assign" && $var(code) == 200) {
    $sht(assigned=>$var(aor)) = $var(impi);
    route(ASSIGNED);
    exit;
  }
  if ($var(code) == 401 && $var(challenge) != "") {
    $var(given) = $(var(challenge){re.subst,/^.*[ ,]nonce="([^"]*)".*$/\\1/});
    $sht(fresh=>$var(given)) = 1;
    if ($var(scheme) == "aka") $sht(aka=>$var(given)) = 1;
    if ($avp(stale) == 1) $var(challenge) = $var(challenge) + ", stale=true";
    append_to_reply("WWW-Authenticate: $var(challenge)\\r\\n");
    send_reply("401", "Unauthorized");
    exit;
  }
  if ($var(ask) == "authenticate" && $var(code) =~ "^4(03|04|10)$") {
    $sht(aka=>$var(nonce)) = $null;
    # A person who mistyped gets another try (RFC 3261 22.4); a USIM does not mistype (TS 24.229 5.4.1.2.3).
    if ($var(code) == 403 && $var(scheme) == "aka") {
      $var(why) = "RES is wrong";
      route(REFUSED);
      send_reply("403", "Authentication Failed");
      exit;
    }
    # A nonce that ims_auth has forgotten says nothing about the password, so the UE need not ask its user (RFC 2617 3.2.1).
    if ($var(code) != 403 && $var(scheme) == "digest") $avp(stale) = 1;
    $var(ask) = "challenge-" + $var(scheme);
    route(ASK);
  }
  # ims_auth does not know what the HSS calls an AUTS that it cannot use (5004, RFC 6733 7.1.5). Who answers so is not the card.
  if ($var(ask) == "resynchronise" && $var(code) == 403 && $var(reason) =~ "unknown Result Code") {
    $var(why) = "AUTS is not of this card; check K and OPc at the HSS";
    route(REFUSED);
    send_reply("403", "Authentication Failed");
    exit;
  }
  # What ims_auth calls what the HSS says of the user (TS 29.228 6.3.1). All else is no answer.
  if ($var(code) == 403 && $var(reason) =~ "User Unknown|Identities don't match|Scheme Unsupported") {
    $var(why) = "the HSS says: " + $(var(reason){re.subst,/^Forbidden - HSS //});
    route(REFUSED);
    if ($var(reason) =~ "Identities") send_reply("403", "Not This Subscriber's Identity");
    else if ($var(reason) =~ "Unknown") send_reply("403", "User Unknown");
    else send_reply("403", "Authentication Scheme Not Supported");
    exit;
  }
  $var(why) = "the HSS gave no answer that can be used (" + $var(ask) + ": " + $var(code) + " " + $var(reason) + "); look at the log of the HSS";
  route(REFUSED);
  send_reply("504", "Server Time-out");
  exit;
}

route[REFUSED] {
  xlog("L_WARN", "nimsfw: REGISTER of $var(impi) is refused: $var(why)\\n");
}

# The last binding of "impu" may have gone: tells the HSS, if it knows otherwise.
route[UNASSIGN] {
  if ($sht(assigned=>$var(impu)) == $null || registered("location", "$var(impu)")) return;
  $var(aor) = $var(impu);
  $var(impi) = $sht(assigned=>$var(impu));
  $sht(assigned=>$var(impu)) = $null;
  $var(ask) = "assign";
  $var(evparam) = "UNASSIGN";
  $var(credentials) = "";
  route(SEND_QUESTION);
}
`;
}
