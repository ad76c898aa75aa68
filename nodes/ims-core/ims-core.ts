import { z } from 'zod';
import { kamailioCommand, kamailioGlobals } from '../kamailio';
import type { NodeKind } from '../node-kind';

const subscriber = z.object({ impi: z.string(), impu: z.string(), password: z.string() });

/** What the IMS core is set up with. */
export const imsCoreConfig = z.object({
  address: z.ipv4(),
  /** The P-CSCF's address on the core's side: nobody else is served. */
  pcscf: z.ipv4(),
  /** Home network domain, also the digest realm. */
  domain: z.string(),
  subscribers: z.array(subscriber),
});
export type ImsCoreConfig = z.infer<typeof imsCoreConfig>;

/**
 * The IMS core: a second Kamailio as registrar, with SIP Digest (TS 33.203 Annex N) and a location table, that routes
 * requests between those who are registered. It stays in their dialogs, as an S-CSCF does (TS 24.229 5.4.3).
 */
export const imsCore: NodeKind<ImsCoreConfig> = {
  kind: 'ims-core',
  config: imsCoreConfig,
  files: (config) => ({ 'kamailio.cfg': imsCoreRoutes(config) }),
  command: (_config, folder) => kamailioCommand(folder),
  // The P-CSCF reaches it only through the core segment, so its own log is asked, not a UE.
  ready: () => ({ kind: 'line', text: 'nimsfw: ims-core is ready' }),
};

function imsCoreRoutes({ address, pcscf, domain, subscribers }: ImsCoreConfig): string {
  const table = subscribers
    .map(
      ({ impi, impu, password }) =>
        `  $sht(password=>${impi}) = "${password}";\n  $sht(impu=>${impi}) = "${impu}";\n  $sht(served=>${impu}) = 1;`,
    )
    .join('\n');
  return `${kamailioGlobals}
listen=udp:${address}:5060
disable_tcp=yes

loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "htable.so"
loadmodule "rtimer.so"

modparam("rr", "append_fromtag", 0)
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "use_domain", 1)
modparam("registrar", "use_path", 1)
modparam("registrar", "path_mode", 1)
modparam("registrar", "outbound_mode", 1)
# A UE of the lab is to be reached over its flow, which its Contact asks for with "ob" and a GRUU would not.
modparam("registrar", "gruu_enabled", 0)
modparam("registrar", "default_expires", 600)
modparam("registrar", "max_contacts", 4)
modparam("htable", "htable", "password=>size=8;")
modparam("htable", "htable", "impu=>size=8;")
modparam("htable", "htable", "served=>size=8;")

event_route[htable:mod-init] {
${table}
}

event_route[core:worker-one-init] {
  xlog("L_ALERT", "nimsfw: ims-core is ready\\n");
}

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("OPTIONS")) {
    sl_send_reply("200", "OK");
    exit;
  }
  if ($si != "${pcscf}") {
    sl_send_reply("403", "Not The P-CSCF");
    exit;
  }
  if (is_method("REGISTER")) route(REGISTER);
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    else sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  t_check_trans();
  if (has_totag()) {
    if (loose_route()) t_relay();
    else if (!is_method("ACK")) sl_send_reply("404", "No Route");
    exit;
  }
  if (is_method("INVITE|MESSAGE")) route(TERMINATING);
  if (!is_method("ACK")) sl_send_reply("405", "Method Not Allowed");
}

route[REGISTER] {
  if ($sht(password=>$aU) == $null || !pv_www_authenticate("${domain}", "$sht(password=>$aU)", "0")) {
    www_challenge("${domain}", "0");
    exit;
  }
  if ($tu != $sht(impu=>$aU)) {
    sl_send_reply("403", "Not This Subscriber's Identity");
    exit;
  }
  consume_credentials();
  # A subscriber of the lab is one UE: where it registered last is where it is.
  save("location", "0x04");
  exit;
}

route[TERMINATING] {
  if ($sht(served=>$ru) == $null) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  if (!lookup("location")) {
    sl_send_reply("480", "Temporarily Unavailable");
    exit;
  }
  if (is_method("INVITE")) record_route();
  t_on_failure("TERMINATING_FAILED");
  if (!t_relay()) sl_reply_error();
  exit;
}

# RFC 5626 6: a 430 is between the edge and this proxy.
failure_route[TERMINATING_FAILED] {
  if (t_check_status("430")) t_reply("480", "Temporarily Unavailable");
}
`;
}
