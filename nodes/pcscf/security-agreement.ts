import { ipsecModes } from '../../ladder';
import { encryptionAlgorithms, integrityAlgorithms } from '../ipsec/protocol';
import { regAwaitAuthSeconds } from '../reg-await-auth';
import type { PcscfConfig } from './config';
import { nothing } from './security-headers';

type ProtectedPorts = NonNullable<PcscfConfig['protected']>;

/** Seconds that security associations outlive the registration (TS 24.229 5.2.2.2). */
const afterRegistrationSeconds = 30;

/** Longest life of any security associations in seconds, as a default of Kamailio's tables; each entry has its own end. */
const mostSeconds = 1_000_000;

/**
 * Agreements of one source address that may be unfinished at a time; one more takes the place of the oldest. A UE whose ESP does
 * not get through leaves one unfinished with each attempt, and that must not keep it from the next.
 */
export const mostUnfinished = 16;

/** The IPv4 addresses that a node can have, in the one spelling that all programs read alike (RFC 6890, RFC 5771). */
const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const unicast = `^(22[0-3]|2[01][0-9]|1[0-9][0-9]|[1-9][0-9]?)([.]${octet}){3}$`;

/** What the entry of an unfinished agreement has that a REGISTER over security associations has begun. */
const begunOverSet = ' set [0-9]+$';

/**
 * The listen lines of the protected ports. Over UDP the P-CSCF sends from a protected client port and is reached at the
 * protected server port (TS 33.203 7.1), which is therefore what Via, Path and Record-Route of the former name.
 */
export const protectedListens = (address: string, ports: ProtectedPorts | undefined): string =>
  ports === undefined
    ? ''
    : [
        `listen=udp:${address}:${ports.serverPort}`,
        // Each worker is a process; on these ports at most an answer comes in.
        ...ports.clientPorts.map(
          (port) =>
            `socket_workers=1\nlisten=udp:${address}:${port} advertise ${address}:${ports.serverPort}`,
        ),
        '',
      ].join('\n');

/** The modules and tables of {@link securityAgreement}. */
export const securityAgreementSettings = (ports: ProtectedPorts | undefined): string =>
  ports === undefined
    ? ''
    : `
loadmodule "textopsx.so"
loadmodule "corex.so"
loadmodule "cfgutils.so"
# A set of four security associations has a number, N. Its SPIs at the P-CSCF are 2N and 2N + 1.
modparam("htable", "htable", "set_numbers=>size=2;")
# By number: all that is known of the set, as parameters.
modparam("htable", "htable", "sets=>size=8;autoexpire=${mostSeconds};")
# By the UE's address and protected client port: the set over which comes what it sends from there.
modparam("htable", "htable", "set_at_client=>size=8;autoexpire=${mostSeconds};")
# By the UE's address and protected server port: the set of its registration, over which it is reached.
modparam("htable", "htable", "set_at_server=>size=8;autoexpire=${mostSeconds};")
# By number: who has begun an agreement that is unfinished, as source address and socket.
modparam("htable", "htable", "unfinished=>size=8;autoexpire=${regAwaitAuthSeconds};")
# By number: who has registered over the set, as identity and source address.
modparam("htable", "htable", "agreed=>size=8;autoexpire=${mostSeconds};")
# By number: the set that it takes the place of, once it is used.
modparam("htable", "htable", "superseded=>size=8;autoexpire=${mostSeconds};")
# By number: sets that go as soon as the answer has gone with which they end.
modparam("htable", "htable", "released=>size=8;autoexpire=1;")
# By source address: that a line of the log has told of it.
modparam("htable", "htable", "strangers=>size=8;autoexpire=60;")
`;

/** The statement that Kamailio runs before it starts its processes: where the numbers of sets begin, at random. */
export const firstSetNumber = (ports: ProtectedPorts | undefined): string =>
  // So a number fits into 30 bits, and none comes twice before half a billion sets were made.
  ports === undefined ? '' : '$sht(set_numbers=>last) = 4096 + ($RANDOM & 536870911);';

/**
 * Routing blocks for Kamailio with which the P-CSCF agrees on IPsec with a UE (RFC 3329, TS 33.203 clause 7, TS 24.229
 * 5.2.2.2 and 5.2.6), in transport mode and in UDP-encapsulated tunnel mode. The program `ipsec` makes the security
 * associations (`nodes/ipsec/`).
 *
 * - A REGISTER outside them that offers IPsec is relayed with `integrity-protected="no"`. Its 401 goes to the UE only when its
 *   set of security associations works; CK and IK never do. If the set cannot be made, the UE gets 500.
 * - What comes at the protected server port is known by the UE's address and protected client port. That it came by ESP is
 *   for the program `ipsec` to see to, and for the kernel. What comes there from any other UE is not answered, since nothing
 *   may leave those ports in the clear.
 * - All that goes to the UE goes from a protected client port of the P-CSCF to the UE's protected server port: responses
 *   too, whatever Via says. Path and Record-Route have that place of the UE in the parameter `ipsec`. A request that comes by
 *   them gets 430 when no security associations lead there any longer.
 * - A set lives for reg-await-auth, then as long as the registration and 30 s. A new one replaces it with the first
 *   request that comes over the new one after its 200. A set that was unfinished when the same socket began anew goes at
 *   once. The set of an ended registration goes after its 200 has gone, and so do those of a UE that has registered from the
 *   same address again and did not begin over them, in the clear or in TLS too.
 * - The place of a registered UE can be taken by no other user, since in tunnel mode the UE itself says where it is.
 *
 * Debian's Kamailio has a module for this, `ims_ipsec_pcscf`, which is not used: it knows transport mode only and so no
 * `UDP-enc-tun`; it uses security associations again that belong to an older agreement; and it goes on when the kernel
 * has refused to make one, so that the UE's next REGISTER is lost without a word.
 *
 * They need the modules tm, sl, pv, textops, textopsx, siputils, path, rr, htable, xlog, corex, cfgutils and app_perl.
 */
export function securityAgreement({ address, coreAddress, protected: ports }: PcscfConfig): string {
  if (ports === undefined) return withoutSecurityAgreement;
  const { serverPort, clientPorts } = ports;
  const anyMechanism = mechanisms.map((mechanism, index) => `${mechanism};q=0.${mechanisms.length - index}`);
  return `
# Finds the security associations over which this came, and has what answers it go to the UE's protected server port.
route[ARRIVED] {
  if ($Ri != "${address}" || !($Rp =~ "^(${[serverPort, ...clientPorts].join('|')})$")) return;
  if ($Rp != ${serverPort} || $sht(set_at_client=>$si:$sp) == $null) {
    if ($sht(strangers=>$si) == $null)
      xlog("L_ALERT", "nimsfw: $rm from $si:$sp at port $Rp belongs to no security associations and is dropped\\n");
    $sht(strangers=>$si) = 1;
    exit;
  }
  $avp(set) = $sht(set_at_client=>$si:$sp);
  $var(about) = $sht(sets=>$avp(set));
  $avp(place) = $(var(about){param.value,place});
  set_recv_socket("udp:${address}:$(var(about){param.value,pc})");
  set_source_address("udp:$avp(place)");
  # RFC 3581: as if the UE had asked for what TS 33.203 7.1 has anyway.
  if ($sel(via[1].port) != $sp) force_rport();
}

# An answer to what went over security associations comes back over them.
route[ANSWER_ARRIVED] {
  if ($sel(via[1].port) == "${serverPort}" && !($Rp =~ "^(${[serverPort, ...clientPorts].join('|')})$")) drop;
}

# Ends the script unless the request keeps to the agreement that there is, or begins a new one as it should. Takes the
# header fields and option tags of the agreement away, which are between UE and P-CSCF.
route[SECURITY_HEADERS] {
  if ($Ri != "${address}" || is_method("ACK|CANCEL") || $proto =~ "^(tls|wss)$") return;
  # What was sent again is answered again, whatever was agreed on meanwhile.
  t_check_trans();
  perl_exec("Kamailio::security_headers");
  if ($avp(set) != $null) route(PROTECTED_REQUEST);
  else route(UNPROTECTED_REQUEST);
  remove_hf("Security-Client");
  remove_hf("Security-Verify");
  remove_hf("Security-Server");
  remove_hf("Require");
  remove_hf("Proxy-Require");
  if ($avp(require) != "${nothing}") append_hf("Require: $avp(require)\\r\\n");
  if ($avp(proxy_require) != "${nothing}") append_hf("Proxy-Require: $avp(proxy_require)\\r\\n");
  msg_apply_changes();
}

route[UNPROTECTED_REQUEST] {
  $var(offers) = is_method("REGISTER") && is_present_hf("Security-Client");
  if ($var(offers) && $avp(offer) != "${nothing}") {
    $avp(requester) = $si + ":" + $sp;
    $avp(outer) = $si;
    route(UE_ADDRESS);
    route(ACCEPT_OFFER);
    return;
  }
  if (!$var(offers) && $avp(sec_agree) == "${nothing}") return;
  route(REFUSE_OFFER);
}

# The UE's address as its security associations have it: in tunnel mode the one inside, which the UE says itself.
route[UE_ADDRESS] {
  $avp(ue) = $si;
  if ($(avp(offer){s.select,2, }) != "UDP-enc-tun") return;
  $avp(ue) = $(ct{nameaddr.uri}{uri.host});
  # A name, which nobody looks up.
  if (!($avp(ue) =~ "^[0-9.]+$")) $avp(ue) = $sel(via[1].host);
  if (!($avp(ue) =~ "${unicast}") || ($avp(ue) =~ "^127[.]" && !($si =~ "^127[.]"))
      || $avp(ue) == "${address}" || $avp(ue) == "${coreAddress}") route(REFUSE_OFFER);
}

route[PROTECTED_REQUEST] {
  $var(about) = $sht(sets=>$avp(set));
  route(SERVER_MECHANISM);
  if ($avp(verify) != $(var(mechanism){s.tolower})) route(REFUSE_PROTECTED);
  if (is_method("REGISTER") && $(aU{s.md5}) != $(var(about){param.value,user})) {
    sl_send_reply("403", "Not The User Of This Agreement");
    exit;
  }
  if ($sht(agreed=>$avp(set)) == $null) {
    $var(other) = $sht(set_at_server=>$avp(place));
    if (!is_method("REGISTER")
        || ($sht(set_at_server=>$avp(place)) != $null
            && $(sht(sets=>$var(other)){param.value,user}) != $(var(about){param.value,user}))) {
      sl_send_reply("403", "Not Registered Over These Security Associations");
      exit;
    }
    if ($(avp(client){s.md5}) != $(var(about){param.value,client})) route(REFUSE_PROTECTED);
    return;
  }
  # TS 33.203 7.4: the old ones go when the new ones are used.
  if ($sht(superseded=>$avp(set)) != $null) {
    $var(gone) = $sht(superseded=>$avp(set));
    $sht(superseded=>$avp(set)) = $null;
    route(REMOVE_SET);
  }
  if (!is_method("REGISTER")) return;
  if ($avp(offer) == "${nothing}" || $(avp(offer){s.select,2, }) != $(var(about){param.value,mode}))
    route(REFUSE_PROTECTED);
  $avp(requester) = "set " + $avp(set);
  $avp(outer) = $(var(about){param.value,outer});
  $avp(ue) = $si;
  route(ACCEPT_OFFER);
}

# TS 33.203 7.1: ends the script unless the ports of the offer are free.
route[ACCEPT_OFFER] {
  if ($aU == $null) {
    sl_send_reply("400", "No Private Identity");
    exit;
  }
  $avp(user) = $(aU{s.md5});
  route(FIND_CONFLICT);
  if ($var(conflict)) route(REFUSE_OFFER);
  $avp(offered) = 1;
}

# Leaves in "conflict" whether another agreement has the ports of the offer, in "replaced" the number of the unfinished one of
# the same requester, which makes room, in "others" how many other unfinished ones its address has that began in the clear, and in
# "oldest" the first of these. Those that anybody can begin take the place of none that a registered UE has begun, and make room
# for it: "ousted" is the one that has the protected client port of its offer.
route[FIND_CONFLICT] {
  $var(conflict) = 0;
  $var(replaced) = "";
  $var(ousted) = "";
  $var(others) = 0;
  $var(oldest) = 0;
  $var(requester) = $avp(outer) + " " + $avp(requester);
  $var(address) = $avp(outer) + " ";
  $var(length) = $(var(address){s.len});
  sht_iterator_start("each", "unfinished");
  while (sht_iterator_next("each")) {
    if ($shtitval(each) == $var(requester)) $var(replaced) = $shtitkey(each);
    else if ($(shtitval(each){s.substr,0,$var(length)}) == $var(address) && !($shtitval(each) =~ "${begunOverSet}")) {
      $var(others) = $var(others) + 1;
      if ($var(oldest) == 0 || $(shtitkey(each){s.int}) < $var(oldest)) $var(oldest) = $(shtitkey(each){s.int});
    }
  }
  sht_iterator_end("each");
  $var(client) = $avp(ue) + ":" + $(avp(offer){s.select,5, });
  if ($sht(set_at_client=>$var(client)) != $null && $sht(set_at_client=>$var(client)) != $var(replaced)) {
    $var(begun) = $sht(set_at_client=>$var(client));
    route(BEGUN_IN_CLEAR);
    if ($avp(set) != $null && $var(in_clear)) $var(ousted) = $var(begun);
    else $var(conflict) = 1;
  }
  $var(place) = $avp(ue) + ":" + $(avp(offer){s.select,6, });
  if ($sht(set_at_server=>$var(place)) != $null) {
    $var(other) = $sht(set_at_server=>$var(place));
    if ($(sht(sets=>$var(other)){param.value,user}) != $avp(user)) $var(conflict) = 1;
  }
}

# Leaves in "in_clear" whether the set "begun" is unfinished and was asked for by a REGISTER that came over no set.
route[BEGUN_IN_CLEAR] {
  $var(in_clear) = 0;
  if ($sht(unfinished=>$var(begun)) != $null && !($sht(unfinished=>$var(begun)) =~ "${begunOverSet}")) $var(in_clear) = 1;
}

# RFC 3329 2.3.1: what the P-CSCF can, which does not depend on what the UE can.
route[REFUSE_OFFER] {
  if ($avp(set) != $null) route(REFUSE_PROTECTED);
  append_to_reply("Security-Server: ${anyMechanism.join(', ')}\\r\\n");
  sl_send_reply("494", "Security Agreement Required");
  exit;
}

route[REFUSE_PROTECTED] {
  $var(about) = $sht(sets=>$avp(set));
  $var(number) = $avp(set);
  route(SERVER_MECHANISM);
  append_to_reply("Security-Server: $var(mechanism)\\r\\n");
  sl_send_reply("494", "Security Agreement Required");
  exit;
}

# Writes what Security-Server says of the set that "about" describes, with the parameters in alphabetical order.
route[SERVER_MECHANISM] {
  $var(mechanism) = "ipsec-3gpp;alg=" + $(var(about){param.value,integrity}) + ";ealg=" + $(var(about){param.value,encryption})
    + ";mod=" + $(var(about){param.value,mode}) + ";port-c=" + $(var(about){param.value,pc}) + ";port-s=${serverPort};prot=esp;q=0.1"
    + ";spi-c=" + $(var(about){param.value,spic}) + ";spi-s=" + $(var(about){param.value,spis});
}

# Ends the script if the sender has security associations and sends this outside them from the same address.
route[REFUSE_OUTSIDE_IPSEC] {
  if ($avp(set) != $null || !sht_has_str_value("agreed", "eq", "$avp(sender) $si")) return;
  if (!is_method("ACK")) sl_send_reply("403", "SIP Outside Security Associations Refused");
  exit;
}

# Leaves in "integrity" what the registrar is told of a REGISTER that is of an agreement, else nothing (TS 24.229 5.2.2.2).
route[INTEGRITY] {
  $var(integrity) = "";
  if ($avp(set) != $null) $var(integrity) = "yes";
  else if ($avp(offered) == 1) $var(integrity) = "no";
}

# Path and Record-Route: over security associations they say which place of the UE it is that they lead to.
route[ADD_PATH] {
  $var(added) = 0;
  if ($avp(place) != $null) {
    if (add_path("", "ipsec=$avp(place)")) $var(added) = 1;
  }
  else if (add_path()) $var(added) = 1;
}

route[RECORD_ROUTE] {
  if ($avp(place) != $null) record_route(";ipsec=$avp(place)");
  else record_route();
}

# Takes from the topmost Route where it leads to.
route[PLACE_OF_UE] {
  if ($(hdr(Route)[0]) =~ "^[^>]*;ipsec=[0-9.]+:[0-9]+[;>]")
    $avp(place) = $(hdr(Route)[0]{re.subst,/^[^>]*;ipsec=([0-9.]+:[0-9]+)[;>].*$/\\1/s});
}

# Ends the script if no security associations lead to the place of the UE any longer.
route[TO_PLACE] {
  if ($avp(place) == $null) return;
  if ($sht(set_at_server=>$avp(place)) == $null) {
    if (!is_method("ACK")) sl_send_reply("430", "Flow Failed");
    exit;
  }
  $var(set) = $sht(set_at_server=>$avp(place));
  $du = "sip:" + $avp(place) + ";transport=udp";
  $var(pc) = $(sht(sets=>$var(set)){param.value,pc});
  $fs = "udp:${address}:" + $var(pc);
}

# The answer of the registrar. CK and IK are for the P-CSCF alone.
route[REGISTER_ANSWERED] {
  if ($hdr(WWW-Authenticate) != $null) {
    if ($rs == 401 && $avp(offered) == 1) route(AGREE);
    route(WITHOUT_KEYS);
  }
  # An agreement over which the registrar says no ends with that.
  if ($rs >= 300 && $avp(set) != $null && $sht(agreed=>$avp(set)) == $null) {
    $var(released) = $avp(set);
    route(RELEASE_SET);
  }
}

route[WITHOUT_KEYS] {
  $var(i) = 0;
  remove_hf("WWW-Authenticate");
  while ($(hdr(WWW-Authenticate)[$var(i)]) != $null) {
    $var(kept) = $(hdr(WWW-Authenticate)[$var(i)]);
    $var(kept) = $(var(kept){re.subst,/,[[:space:]]*[ci]k[[:space:]]*=[[:space:]]*("[^"]*"|[^,"[:space:]]*)//isg});
    $var(kept) = $(var(kept){re.subst,/([[:space:]])[ci]k[[:space:]]*=[[:space:]]*("[^"]*"|[^,"[:space:]]*)[[:space:]]*(,[[:space:]]*|$)/\\1/isg});
    append_hf("WWW-Authenticate: $var(kept)\\r\\n");
    $var(i) = $var(i) + 1;
  }
}

# Makes the security associations of what was offered. Without them there is no 401 (NOT_AGREED).
route[AGREE] {
  if ($avp(made) != $null) return;
  $avp(made) = "no";
  $var(challenge) = $(hdr(WWW-Authenticate)[0]);
  if (!($var(challenge) =~ '[ ,]ck="[0-9a-fA-F]{32}"' && $var(challenge) =~ '[ ,]ik="[0-9a-fA-F]{32}"')) {
    $avp(ipsec_error) = "the 401 of the IMS core has no ck and ik";
    return;
  }
  $var(ck) = $(var(challenge){re.subst,/^.*[ ,]ck="([0-9a-fA-F]{32})".*$/\\1/is}{s.tolower});
  $var(ik) = $(var(challenge){re.subst,/^.*[ ,]ik="([0-9a-fA-F]{32})".*$/\\1/is}{s.tolower});
  route(FIND_CONFLICT);
  if ($var(conflict)) {
    $avp(ipsec_error) = "the ports that it offers were taken meanwhile";
    return;
  }
  if ($var(replaced) != "") {
    $var(gone) = $var(replaced);
    route(REMOVE_SET);
  }
  if ($var(ousted) != "") {
    $var(gone) = $var(ousted);
    route(REMOVE_SET);
  }
  if ($var(others) >= ${mostUnfinished}) {
    $var(gone) = "" + $var(oldest);
    route(REMOVE_SET);
  }
  route(NEXT_NUMBER);
  route(CLIENT_PORT);
  if ($var(pc) == "") {
    $avp(ipsec_error) = "all protected client ports are in use with its protected server port";
    return;
  }
  $var(set) = $var(number);
  $var(mode) = $(avp(offer){s.select,2, });
  $var(algorithms) = $(avp(offer){s.select,0, }) + " " + $(avp(offer){s.select,1, });
  $var(ipsec) = "add " + $var(set) + " " + $var(mode) + " " + $var(algorithms) + " " + $var(ik) + " " + $var(ck) + " ${regAwaitAuthSeconds}"
    + " ${address} " + $var(pc) + " ${serverPort} " + $var(spic) + " " + $var(spis)
    + " " + $avp(ue) + " " + $(avp(offer){s.select,5, }) + " " + $(avp(offer){s.select,6, })
    + " " + $(avp(offer){s.select,3, }) + " " + $(avp(offer){s.select,4, }) + " " + $avp(outer);
  $var(ck) = "";
  $var(ik) = "";
  if (!perl_exec("Kamailio::ipsec")) return;
  $var(about) = "place=" + $var(place) + ";client_at=" + $var(client) + ";pc=" + $var(pc) + ";user=" + $avp(user)
    + ";client=" + $(avp(client){s.md5}) + ";integrity=" + $(avp(offer){s.select,0, }) + ";encryption=" + $(avp(offer){s.select,1, })
    + ";mode=" + $var(mode) + ";outer=" + $avp(outer) + ";spic=" + $var(spic) + ";spis=" + $var(spis);
  $sht(sets=>$var(set)) = $var(about);
  $shtex(sets=>$var(set)) = ${regAwaitAuthSeconds};
  $sht(set_at_client=>$var(client)) = "" + $var(set);
  $shtex(set_at_client=>$var(client)) = ${regAwaitAuthSeconds};
  $sht(unfinished=>$var(set)) = $var(requester);
  route(SERVER_MECHANISM);
  append_hf("Security-Server: $var(mechanism)\\r\\n");
  $avp(made) = "yes";
}

# Takes the next number of a set whose SPIs are not those that the UE has chosen (TS 33.203 7.1, from memory): both directions
# have the same keys, so a packet that is sent back to where it came from must have an SPI that is unknown there.
route[NEXT_NUMBER] {
  $var(spic) = "";
  while ($var(spic) == "") {
    $var(number) = $shtinc(set_numbers=>last);
    $var(spi) = 2 * $var(number);
    $var(spic) = "" + $var(spi);
    $var(spi) = $var(spi) + 1;
    $var(spis) = "" + $var(spi);
    $var(theirs) = $(avp(offer){s.select,3, }) + "," + $(avp(offer){s.select,4, });
    if (in_list("$var(spic)", "$var(theirs)", ",") || in_list("$var(spis)", "$var(theirs)", ",")) $var(spic) = "";
  }
}

# Takes a protected client port with which no other set leads to the same place. If there is none, the oldest unfinished set that
# began in the clear leaves its own: anybody can begin one.
route[CLIENT_PORT] {
  $var(oldest) = 0;
  $var(used) = ",";
  $var(of_place) = "place=" + $var(place) + ";";
  $var(length) = $(var(of_place){s.len});
  sht_iterator_start("each", "sets");
  while (sht_iterator_next("each")) {
    if ($(shtitval(each){s.substr,0,$var(length)}) == $var(of_place)) {
      $var(used) = $var(used) + $(shtitval(each){param.value,pc}) + ",";
      $var(begun) = $shtitkey(each);
      route(BEGUN_IN_CLEAR);
      if ($var(in_clear) && ($var(oldest) == 0 || $(var(begun){s.int}) < $var(oldest))) $var(oldest) = $(var(begun){s.int});
    }
  }
  sht_iterator_end("each");
  $var(pool) = "${clientPorts.join(',')}";
  $var(i) = 0;
  $var(pc) = "";
  while ($var(pc) == "" && $var(i) < ${clientPorts.length}) {
    $var(index) = ($var(number) + $var(i)) mod ${clientPorts.length};
    $var(pc) = $(var(pool){s.select,$var(index),,});
    if (in_list("$var(pc)", "$var(used)", ",")) $var(pc) = "";
    $var(i) = $var(i) + 1;
  }
  if ($var(pc) != "" || $var(oldest) == 0) return;
  $var(gone) = "" + $var(oldest);
  $var(pc) = $(sht(sets=>$var(gone)){param.value,pc});
  route(REMOVE_SET);
}

failure_route[NOT_AGREED] {
  if (!t_check_status("401") || $avp(made) != "no") exit;
  xlog("L_ALERT", "nimsfw: no security associations with $avp(ue): $avp(ipsec_error)\\n");
  t_reply("500", "Security Associations Could Not Be Made");
}

# The registrar has registered the UE. If it began outside security associations, it has those no longer over which it had
# registered from the same address, so they go (TS 33.203 7.4.2A, from memory). Another address may be another network that it
# still uses, and one from which it is gone is not known here: those go with the end of their registration.
route[REGISTERED_ANEW] {
  $var(address) = $(avp(flow){s.select,1,:});
  if ($avp(set) != $null) {
    $var(begun) = $avp(set);
    route(BEGUN_IN_CLEAR);
    if (!$var(in_clear)) return;
    $var(address) = $(sht(sets=>$avp(set)){param.value,outer});
  }
  $var(who) = $avp(identity) + " " + $var(address);
  $var(left) = "";
  sht_iterator_start("each", "agreed");
  while (sht_iterator_next("each")) {
    if ($shtitval(each) == $var(who) && $shtitkey(each) != $avp(set)) $var(left) = $var(left) + $shtitkey(each) + ",";
  }
  sht_iterator_end("each");
  $var(i) = 0;
  $var(released) = $(var(left){s.select,0,,});
  while ($var(released) != "") {
    route(RELEASE_SET);
    $var(i) = $var(i) + 1;
    $var(released) = $(var(left){s.select,$var(i),,});
  }
}

# The registrar has registered the UE, for at most "longest" seconds.
route[REGISTERED_OVER_SET] {
  if ($avp(set) == $null) return;
  $var(lifetime) = $var(longest) + ${afterRegistrationSeconds};
  $var(ipsec) = "extend " + $avp(set) + " " + $var(lifetime);
  if (!perl_exec("Kamailio::ipsec"))
    xlog("L_ALERT", "nimsfw: security associations $avp(set) will end too soon: $avp(ipsec_error)\\n");
  $var(client) = $(sht(sets=>$avp(set)){param.value,client_at});
  $shtex(sets=>$avp(set)) = $var(lifetime);
  $shtex(set_at_client=>$var(client)) = $var(lifetime);
  if ($sht(set_at_server=>$avp(place)) != $null && $sht(set_at_server=>$avp(place)) != $avp(set)) {
    $sht(superseded=>$avp(set)) = $sht(set_at_server=>$avp(place));
    $shtex(superseded=>$avp(set)) = $var(lifetime);
  }
  $sht(set_at_server=>$avp(place)) = $avp(set);
  $shtex(set_at_server=>$avp(place)) = $var(lifetime);
  $sht(agreed=>$avp(set)) = $avp(identity) + " " + $(sht(sets=>$avp(set)){param.value,outer});
  $shtex(agreed=>$avp(set)) = $var(lifetime);
  $sht(unfinished=>$avp(set)) = $null;
}

# The registration has ended: with it all security associations of the UE's place.
route[ENDED_OVER_SET] {
  if ($avp(set) == $null) return;
  $sht(unfinished=>$avp(set)) = $null;
  if ($sht(set_at_server=>$avp(place)) != $null && $sht(set_at_server=>$avp(place)) != $avp(set)) {
    $var(released) = $sht(set_at_server=>$avp(place));
    route(RELEASE_SET);
    # TS 33.203 7.4: the UE has let the old one go, so what is left to say goes over the one that it has just used.
    $sht(set_at_server=>$avp(place)) = $avp(set);
  }
  $var(released) = $avp(set);
  route(RELEASE_SET);
}

# Has a set removed when the answer has gone that is being relayed now. Until then the registrar can still tell the UE over it
# that its registration has ended (TS 24.229 5.4.2.1.2).
route[RELEASE_SET] {
  if ($sht(superseded=>$var(released)) != $null) {
    $var(older) = $sht(superseded=>$var(released));
    $sht(released=>$var(older)) = 1;
  }
  $sht(released=>$var(released)) = 1;
  $sht(agreed=>$var(released)) = $null;
}

event_route[htable:expired:released] {
  $var(gone) = $shtrecord(key);
  route(REMOVE_SET);
}

route[REMOVE_SET] {
  if ($sht(sets=>$var(gone)) == $null) return;
  $var(about) = $sht(sets=>$var(gone));
  $var(at) = $(var(about){param.value,client_at});
  if ($sht(set_at_client=>$var(at)) == $var(gone)) $sht(set_at_client=>$var(at)) = $null;
  $var(at) = $(var(about){param.value,place});
  if ($sht(set_at_server=>$var(at)) == $var(gone)) $sht(set_at_server=>$var(at)) = $null;
  $sht(sets=>$var(gone)) = $null;
  $sht(unfinished=>$var(gone)) = $null;
  $sht(agreed=>$var(gone)) = $null;
  $sht(superseded=>$var(gone)) = $null;
  $var(ipsec) = "remove " + $var(gone);
  if (!perl_exec("Kamailio::ipsec"))
    xlog("L_ALERT", "nimsfw: security associations $var(gone) could not be removed: $avp(ipsec_error)\\n");
}
`;
}

/** All that the P-CSCF can do with IPsec, what it would rather have first. */
const mechanisms = ipsecModes.flatMap((mode) =>
  integrityAlgorithms.flatMap((integrity) =>
    encryptionAlgorithms.map(
      (encryption) => `ipsec-3gpp;alg=${integrity};ealg=${encryption};prot=esp;mod=${mode}`,
    ),
  ),
);

/** The same routes where there are no protected ports: nobody has security associations, and nobody can agree on any. */
const withoutSecurityAgreement = `
${[
  'ARRIVED',
  'ANSWER_ARRIVED',
  'SECURITY_HEADERS',
  'REFUSE_OUTSIDE_IPSEC',
  'PLACE_OF_UE',
  'TO_PLACE',
  'REGISTER_ANSWERED',
  'REGISTERED_ANEW',
  'REGISTERED_OVER_SET',
  'ENDED_OVER_SET',
]
  .map((name) => `route[${name}] { return; }`)
  .join('\n')}
route[INTEGRITY] { $var(integrity) = ""; }
route[RECORD_ROUTE] { record_route(); }
route[ADD_PATH] {
  $var(added) = 0;
  if (add_path()) $var(added) = 1;
}
failure_route[NOT_AGREED] { exit; }
`;
