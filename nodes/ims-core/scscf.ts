import { regAwaitAuthSeconds } from '../reg-await-auth';

/** What the Kamailio that authenticates needs to know. */
export interface ScscfFacts {
  /** The core's own address. */
  readonly address: string;
  /** Where it listens for the registrar's questions. */
  readonly port: number;
  /** Domain of the home network; also the digest realm and the realm of Diameter. */
  readonly domain: string;
  readonly hss: { readonly address: string; readonly port: number };
}

/**
 * Milliseconds within which ims_auth has to have kept the nonce of a challenge that it has just sent, which takes it
 * microseconds unless the machine keeps it from its processor; and how often that is looked for.
 */
const freshMs = 2000;
// Kamailio ends a loop after a hundred rounds (core parameter max_while_loops).
const freshStepMs = 25;

/** What it prints when the HSS has answered its CER (RFC 6733 5.3), so that it can authenticate. */
export const scscfReadyText = 'nimsfw: the HSS has answered';

/** The name of the S-CSCF as the HSS keeps it (TS 29.228 6.3, Server-Name). */
export const scscfName = (domain: string): string => `sip:scscf.${domain}`;

/** Seconds for which the HSS may think about a request, also on a busy machine; then the UE gets 504. */
const hssSeconds = 8;

/**
 * Seconds of silence after which the connection to the HSS is asked whether it still stands, and within which that is answered
 * (RFC 3539 3.4.1, timer Tw); a connection that was lost is tried again as often. With one second, an HSS that a busy machine kept
 * from its processor for that long lost its connection, and every REGISTER got 504 until it was back.
 */
const watchdogSeconds = 6;

/**
 * The script of the Kamailio that authenticates, as operators run it: with the modules ims_auth, ims_registrar_scscf and
 * cdp, which ask the HSS over Cx (TS 29.228).
 *
 * It is a Kamailio of its own, because ims_usrloc_scscf and usrloc cannot be loaded together (both are bound by the name
 * `ul_bind_usrloc` and have a pseudo-variable `$ulc`), and the registrar of the core needs usrloc: ims_registrar_scscf
 * knows no reg-id (RFC 5626). So the registrar asks this one by requests of its own, a REGISTER whose Request-URI says what
 * is to be done, and nobody else is answered.
 *
 * | user part        | what it does                                    | final responses                                |
 * | ---------------- | ----------------------------------------------- | ---------------------------------------------- |
 * | challenge-aka    | MAR for Digest-AKAv1-MD5                        | 401; 403 as the HSS says; others if it does not |
 * | challenge-digest | MAR for SIP Digest                              | the same                                       |
 * | resynchronise    | MAR with RAND and AUTS, then a challenge        | the same                                       |
 * | authenticate     | compares the response; the HSS is not asked     | 200, 403 wrong, 404 unknown nonce, 410 used    |
 * | assign           | SAR, of a type that follows from Contact        | 200; others if the HSS does not assign         |
 */
export function scscfScript(globals: string, folder: string, facts: ScscfFacts): string {
  const { address, port, domain, hss } = facts;
  return `${globals}
# Errors only: the modules warn of each transaction that they have answered.
debug=-1
listen=udp:${address}:${port}
disable_tcp=yes

loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "rtimer.so"
loadmodule "cfgutils.so"
# Modules that ims_registrar_scscf does not load without.
loadmodule "ims_dialog.so"
loadmodule "presence.so"
loadmodule "cdp.so"
loadmodule "cdp_avp.so"
loadmodule "ims_usrloc_scscf.so"
loadmodule "ims_registrar_scscf.so"
loadmodule "ims_auth.so"

modparam("cdp", "config_file", "${folder}/cdp.xml")
# Milliseconds after which an answer would be an error in the log.
modparam("cdp", "latency_threshold", ${1000 * hssSeconds})
modparam("ims_dialog", "dlg_flag", 1)
modparam("ims_auth", "name", "${scscfName(domain)}")
modparam("ims_auth", "cxdx_dest_realm", "${domain}")
modparam("ims_auth", "cxdx_forced_peer", "${hss.address}")
modparam("ims_auth", "registration_default_algorithm", "AKAv1-MD5")
modparam("ims_auth", "registration_qop", "auth")
modparam("ims_auth", "auth_vector_timeout", ${regAwaitAuthSeconds})
# How often a nonce is good with a higher count. The registrar sees to it that one of AKA is good once.
modparam("ims_auth", "max_nonce_reuse", 1000000)
modparam("ims_registrar_scscf", "scscf_name", "${scscfName(domain)}")
modparam("ims_registrar_scscf", "cxdx_dest_realm", "${domain}")
modparam("ims_registrar_scscf", "cxdx_forced_peer", "${hss.address}")
modparam("ims_registrar_scscf", "notification_processes", 1)
# Without it, every registration would be one of 0 seconds.
modparam("ims_registrar_scscf", "max_expires", ${assignedSeconds})
# The registrar says by one Contact whether an identity is registered.
modparam("ims_usrloc_scscf", "maxcontact", 1)
modparam("ims_usrloc_scscf", "maxcontact_behaviour", 2)
modparam("rtimer", "timer", "name=hss;interval=50000u;mode=1;")
modparam("rtimer", "exec", "timer=hss;route=HSS")
modparam("pv", "shvset", "connected=i:-1")

# Tells when the connection to the HSS comes and goes.
route[HSS] {
  $var(is) = 0;
  if (cdp_check_peer("${hss.address}")) $var(is) = 1;
  if ($var(is) == $shv(connected)) return;
  if ($var(is)) xlog("L_ALERT", "${scscfReadyText}\\n");
  else if ($shv(connected) == 1) xlog("L_ALERT", "nimsfw: the connection to the HSS at ${hss.address}:${hss.port} is lost\\n");
  $shv(connected) = $var(is);
}

request_route {
  if ($si != "${address}" || !is_method("REGISTER")) {
    sl_send_reply("403", "Not The Registrar");
    exit;
  }
  if (!t_newtran()) exit;
  if ($rU == "authenticate") {
    # ims_auth sends a challenge before it keeps the nonce of it, so the answer can come first.
    $var(left) = 0;
    if ($(ru{uri.param,fresh}) == "yes") $var(left) = ${freshMs / freshStepMs};
    $var(is) = 0;
    while (1) {
      if (ims_www_authenticate("${domain}")) $var(is) = 1;
      else $var(is) = $rc;
      if ($var(is) == 1 || $var(is) == -2 || $var(is) == -6 || $var(left) == 0) break;
      $var(left) = $var(left) - 1;
      usleep("${1000 * freshStepMs}");
    }
    if ($var(is) == 1) t_reply("200", "Authenticated");
    else if ($var(is) == -2) t_reply("403", "Wrong Response");
    else if ($var(is) == -6) t_reply("410", "Nonce Was Used");
    else t_reply("404", "Unknown Nonce");
    exit;
  }
  if (!cdp_check_peer("${hss.address}")) {
    t_reply("504", "HSS Is Not Connected");
    exit;
  }
  switch ($rU) {
    case "challenge-aka":
      ims_www_challenge("MAA", "${domain}", "AKAv1-MD5");
      exit;
    case "challenge-digest":
      # ims_auth's name for the scheme "SIP Digest".
      ims_www_challenge("MAA", "${domain}", "3GPP-Digest");
      exit;
    case "resynchronise":
      ims_www_resync_auth("MAA_OF_RESYNCHRONISATION", "${domain}");
      exit;
    case "assign":
      # With fewer arguments it is another function, which ends the process.
      save("SAA", "location", "0", "0");
      exit;
  }
  t_reply("404", "Not Found");
}

# The modules answer by themselves, unless nothing came to MAR. Where they have, the transaction does not come here.
route[MAA] {
  if ($avp(maa_return_code) == -2) t_reply("504", "HSS Does Not Answer");
}

route[MAA_OF_RESYNCHRONISATION] {
  if ($avp(maa_return_code) == 1) ims_www_challenge("MAA", "${domain}", "AKAv1-MD5");
  else route(MAA);
}

route[SAA] {
  exit;
}
`;
}

/** Seconds for which the registrar has an identity assigned. It ends the assignment itself, before that. */
export const assignedSeconds = 1_000_000;

/**
 * The configuration of Kamailio's module cdp. The module resolves the name of a peer, and asks nobody whether it is the
 * peer's Origin-Host; so the HSS is named by its address, which needs no name service.
 */
export const cdpConfig = ({
  address,
  domain,
  hss,
}: ScscfFacts): string => `<?xml version="1.0" encoding="UTF-8"?>
<DiameterPeer
  FQDN="scscf.${domain}"
  Realm="${domain}"
  Vendor_Id="10415"
  Product_Name="nimsfw-lab"
  AcceptUnknownPeers="0"
  DropUnknownOnDisconnect="1"
  Tc="${watchdogSeconds}"
  Workers="1"
  QueueLength="32"
  TransactionTimeout="${hssSeconds}"
  SessionsHashSize="16"
  DefaultAuthSessionTimeout="3600"
  MaxAuthSessionTimeout="3600">
  <Peer FQDN="${hss.address}" Realm="${domain}" port="${hss.port}" src_addr="${address}"/>
  <Auth id="16777216" vendor="10415"/>
  <SupportedVendor vendor="10415"/>
  <DefaultRoute FQDN="${hss.address}" metric="10"/>
</DiameterPeer>
`;
