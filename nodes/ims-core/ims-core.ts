import { z } from 'zod';
import { addressOfRecord } from '../address-of-record';
import { contacts } from '../contacts';
import { defineBox } from '../box';
import { homeDomain, numberPrefix } from '../home-network';
import { kamailio, kamailioCommand, kamailioGlobals, kamailioModule } from '../kamailio';
import { staticSti } from '../scc-as/sti';
import { anchoredOf, subscribersOf } from '../subscribers';
import { regEvent, regEventTables } from './reg-event';
import { registrar, registrarSettings } from './registrar';
import { authentication, authenticationSettings } from './authentication';
import { cdpConfig, scscfReadyText, scscfScript, type ScscfFacts } from './scscf';
import { scscfCheckUp } from './scscf-check-up';
import { services } from './services';

const subscriber = z.object({
  impi: z.string(),
  /** A SIP URI in the form in which RFC 3261 10.3 compares it: no parameters, no escapes, host in lower case. */
  impu: z.string(),
  /** For an IMS core of somebody else's that asks no HSS; this one does. */
  password: z.string(),
  /** The local number in the home network's numbering plan. */
  number: z.string().regex(/^\d+$/),
  /** Says whether its sessions pass the SCC AS (TS 23.237). */
  isAnchored: z.boolean(),
});

/** `scscf` is for its own two programs only. */
const ports = { sip: 5060, scscf: 5062 };

/** The methods that it takes, in and outside dialogs. */
const methods =
  'INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE, OPTIONS, REGISTER, SUBSCRIBE';

const readyText = 'nimsfw: ims-core is ready';

/** The configuration of the IMS core. */
export const imsCoreConfig = z.object({
  address: z.ipv4(),
  /** The P-CSCF's address in the core. The IMS core serves no other address, but for the SCC AS's. */
  pcscf: z.ipv4(),
  sccAs: z.object({ address: z.ipv4(), port: z.int(), staticSti: z.string() }),
  hss: z.object({ address: z.ipv4(), port: z.int() }),
  /** Domain of the home network; also the digest realm. */
  domain: z.string(),
  /** Beginning of the home network's global numbers (RFC 3966); the local number follows it. */
  numberPrefix: z.string().regex(/^\+\d+$/),
  subscribers: z.array(subscriber),
});
export type ImsCoreConfig = z.infer<typeof imsCoreConfig>;

/**
 * The IMS core: a second Kamailio, which is the registrar, with a location table, and routes requests between registered
 * users. It stays in their dialogs, as an S-CSCF does (TS 24.229 5.4.3). A third Kamailio beside it asks the HSS about who
 * registers, with IMS AKA or SIP Digest.
 */
export const imsCore = defineBox({
  kind: 'ims-core',
  place: { interfaces: [{ network: 'core', host: 20 }] },
  ports,
  config: imsCoreConfig,
  configure: (lab) => ({
    address: lab.addressOf('ims-core'),
    pcscf: lab.addressOf('pcscf', 'core'),
    sccAs: {
      address: lab.addressOf('scc-as'),
      port: lab.portsOf<{ sip: number }>('scc-as').sip,
      staticSti,
    },
    hss: { address: lab.addressOf('hss'), port: lab.portsOf<{ diameter: number }>('hss').diameter },
    domain: homeDomain,
    numberPrefix,
    subscribers: subscribersOf(lab.topology, lab.secrets).map(({ impi, impu, password, number }) => ({
      ...{ impi, impu, password, number },
      isAnchored: anchoredOf(lab.topology).includes(impi),
    })),
  }),
  files: (config, folder) => ({
    'kamailio.cfg': imsCoreScript(config),
    'scscf.cfg': scscfScript(kamailioGlobals, folder, scscfFacts(config)),
    'cdp.xml': cdpConfig(scscfFacts(config)),
  }),
  command: (_config, folder) => kamailioCommand(folder),
  companions: ({ address }, folder) => [
    {
      name: 'scscf',
      argv: kamailioCommand(folder, 'scscf.cfg'),
      // Its module cdp names pipes there by process id and second, which are the same in several labs.
      ownTmp: true,
      ready: { by: 'line', stream: 'stderr', text: scscfReadyText },
      answers: scscfCheckUp(address, ports.scscf),
    },
  ],
  // A UE reaches it only through the P-CSCF, so the lab waits until Kamailio itself says that it is ready.
  ready: () => ({ by: 'line', stream: 'stderr', text: readyText }),
  answers: (_config, lab) => {
    const { address: ip, ports: at } = lab.server<{ udp: number }>('pcscf');
    return { by: 'probe', kind: 'sip-register', at: { ip, port: at.udp }, through: 'pcscf' };
  },
  logs: ['stdout', 'stderr'],
  programs: [kamailio],
  parts: [kamailioModule('ims', 'ims_auth'), kamailioModule('presence')],
  image: {
    name: 'ims-core',
    title: 'nimsfw IMS core',
    description: 'Kamailio as IMS core: registrar and S-CSCF, with an HSS over Cx',
    user: 'own',
  },
});

const scscfFacts = ({ address, domain, hss }: ImsCoreConfig): ScscfFacts => ({
  address,
  port: ports.scscf,
  domain,
  hss,
});

function imsCoreScript({ address, pcscf, sccAs, domain, numberPrefix, subscribers }: ImsCoreConfig): string {
  const table = subscribers
    .flatMap(({ impi, impu, number, isAnchored }) => {
      const tel = `tel:${numberPrefix}${number}`;
      return [
        `$sht(impu=>${impi}) = "${impu}";`,
        `$sht(tel=>${impu}) = "${tel}";`,
        ...(isAnchored ? [`$sht(anchored=>${impu}) = 1;`] : []),
        ...namesOf(impu, number, { domain, numberPrefix }).map(
          (name) => `$sht(served=>${name}) = "${impu}";`,
        ),
      ];
    })
    .map((line) => `  ${line}`)
    .join('\n');
  const core = { address, port: ports.sip, pcscf };
  return `${kamailioGlobals}
listen=udp:${address}:${ports.sip}
disable_tcp=yes

loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "htable.so"
loadmodule "cfgutils.so"
loadmodule "uac.so"

modparam("rr", "append_fromtag", 0)
# It would restore what it never replaces.
modparam("uac", "restore_mode", "none")
modparam("htable", "htable", "impu=>size=8;")
modparam("htable", "htable", "tel=>size=8;")
# By every name that somebody has: the public user identity.
modparam("htable", "htable", "served=>size=8;")
# By public user identity: those whose sessions pass the SCC AS.
modparam("htable", "htable", "anchored=>size=8;")
modparam("htable", "timer_interval", 1)
${authenticationSettings}${registrarSettings}${regEventTables}
event_route[htable:mod-init] {
${table}
}

event_route[uac:reply] {
  if ($uac_req(evparam) =~ "^(REGISTER |UNASSIGN$)") route(QUESTION_ANSWERED);
  else route(NOTIFY_ANSWERED);
}

event_route[core:worker-one-init] {
  xlog("L_ALERT", "${readyText}\\n");
}

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("OPTIONS") && $rU == $null) {
    sl_send_reply("200", "OK");
    exit;
  }
  if ($si != "${pcscf}" && $si != "${sccAs.address}") {
    sl_send_reply("403", "Not The P-CSCF");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    else sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) route(REGISTER);
  if (has_totag()) {
    if (loose_route()) t_relay();
    else if (is_method("SUBSCRIBE")) route(SUBSCRIBE);
    else if (!is_method("ACK")) sl_send_reply("404", "No Route");
    exit;
  }
  # The UE came by the Service-Route, which ends here.
  if ($si == "${pcscf}") remove_hf("Route");
  if (is_method("SUBSCRIBE")) route(SUBSCRIBE);
  if (is_method("INVITE")) route(SERVICES);
  if (is_method("INVITE|MESSAGE|OPTIONS")) route(TERMINATING);
  if (!is_method("ACK")) {
    append_to_reply("Allow: ${methods}\\r\\n");
    sl_send_reply("405", "Method Not Allowed");
  }
}

${registrar(core)}${services({ address, port: ports.sip, sccAs })}${authentication({ address, scscfPort: ports.scscf, domain })}${regEvent(core)}${contacts}${addressOfRecord}`;
}

/** Returns all names of a subscriber, each in the form in which RFC 3261 10.3 and RFC 3966 compare it. */
function namesOf(
  impu: string,
  number: string,
  { domain, numberPrefix }: Pick<ImsCoreConfig, 'domain' | 'numberPrefix'>,
): string[] {
  const global = `${numberPrefix}${number}`;
  return [
    impu,
    `tel:${global}`,
    `sip:${global}@${domain}`,
    `tel:${number};phone-context=${domain}`,
    `sip:${number}@${domain}`,
  ];
}
