/**
 * Routing blocks for Kamailio with which the P-CSCF speaks SIP over WebSocket (RFC 7118) on the ports on which it has TLS.
 * A connection is one of SIP until a GET on it is upgraded (RFC 6455 4.2). Any `Origin` is served, since who may use the
 * network is decided by Digest and not by the page that a browser came from.
 *
 * They need the modules sl, xhttp, websocket, textops, tcpops and siputils.
 * @param homeDomain name of the network, which the request for a WebSocket has to go to
 */
export function webSocket(homeDomain: string): string {
  return `
event_route[xhttp:request] {
  set_reply_close();
  set_reply_no_connect();
  if ($proto != "tls") {
    xhttp_reply("403", "WebSocket Outside TLS Refused", "", "");
    exit;
  }
  if (!($hdr(Host) =~ "^([^.]+[.])?${homeDomain.replaceAll('.', '[.]')}(:[0-9]+)?$")) {
    xhttp_reply("404", "No Such Host", "", "");
    exit;
  }
  if (!($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm == "GET")) {
    xhttp_reply("426", "Upgrade Required", "", "");
    exit;
  }
  ws_handle_handshake();
  exit;
}

# Kamailio reads what has no Content-Length on a connection only because HTTP has none either. RFC 3261 18.3: SIP on a stream
# has to have it, and nobody can tell where the next message begins without it.
route[REQUIRE_LENGTH] {
  if (!($proto =~ "^(tcp|tls)$") || is_present_hf("Content-Length")) return;
  tcp_close_connection();
  exit;
}

route[REQUIRE_LENGTH_OF_ANSWER] {
  if (!($proto =~ "^(tcp|tls)$") || is_present_hf("Content-Length")) return;
  tcp_close_connection();
  drop;
}
`;
}
