/** What the services' part of the script needs to know. */
export interface ServiceFacts {
  /** The core's own address and port. */
  readonly address: string;
  readonly port: number;
  readonly sccAs: { readonly address: string; readonly port: number; readonly staticSti: string };
}

/**
 * The part of Kamailio's script that does what initial filter criteria have an S-CSCF do (TS 24.229 5.4.3.2 and
 * 5.4.3.3): INVITEs of and to users whose sessions are anchored pass the SCC AS, and so does what is for its public
 * service identity. The AS gets them with a Route of two entries, its own and that by which it sends them on; the user
 * part of the latter (`orig`, `term`) says whom it serves, and, when the INVITE comes back, what has been done.
 *
 * The default handling is SESSION_TERMINATED: without the AS a session could not be transferred later, so it fails, and
 * soon.
 *
 * It needs the tables `anchored` and `served`, and leaves the Request-URI as it is.
 */
export const services = ({ address, port, sccAs }: ServiceFacts): string => `
route[SERVICES] {
  $var(done) = "";
  if ($si == "${sccAs.address}") {
    $var(done) = $(hdr(Route){nameaddr.uri}{uri.user});
    remove_hf("Route");
    if ($var(done) != "orig") return;
  } else {
    $var(uri) = $(hdr(P-Asserted-Identity){nameaddr.uri});
    route(ADDRESS_OF_RECORD);
    $var(impu) = $sht(served=>$var(aor));
    $var(case) = "orig";
    if ($sht(anchored=>$var(impu)) != $null) route(TO_SCC_AS);
    $var(uri) = $ru;
    route(ADDRESS_OF_RECORD);
    if ($var(aor) == "${sccAs.staticSti}" || $rd == "${sccAs.address}") route(TO_SCC_AS);
  }
  $var(uri) = $ru;
  route(ADDRESS_OF_RECORD);
  $var(impu) = $sht(served=>$var(aor));
  $var(case) = "term";
  if ($sht(anchored=>$var(impu)) != $null) route(TO_SCC_AS);
}

route[TO_SCC_AS] {
  remove_hf("Route");
  append_hf("Route: <sip:${sccAs.address}:${sccAs.port};lr>, <sip:$var(case)@${address}:${port};lr>\\r\\n");
  $du = "sip:${sccAs.address}:${sccAs.port};transport=udp";
  record_route();
  # Milliseconds: for the final answer, and for any. The AS answers with 100 at once.
  t_set_fr(180000, 2000);
  t_on_failure("SCC_AS_FAILED");
  if (!t_relay()) sl_reply_error();
  exit;
}

failure_route[SCC_AS_FAILED] {
  if (t_branch_timeout() && !t_branch_replied()) t_reply("504", "SCC AS Does Not Answer");
}
`;
