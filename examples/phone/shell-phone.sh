#!/bin/bash
# A phone of thirty lines: registers with SIP Digest (RFC 3261, RFC 2617) over UDP or TLS. It is run for each attempt:
#   nimsfw run register --ue ./examples/phone/shell-phone.sh
[ "$NIMSFW_ACTION/$NIMSFW_THROUGH/$NIMSFW_SECURITY" = register/direct/digest ] || exit 127
case $NIMSFW_TRANSPORT in
udp) exec 3<>"/dev/udp/$NIMSFW_SERVER_ADDRESS/$NIMSFW_PORT" 4>&3 || exit 1 ;;
tls)
  case $NIMSFW_SUITE in aes) ciphers=AES128-SHA ;; null) ciphers=NULL-SHA:AES128-SHA ;; *) ciphers= ;; esac
  coproc openssl s_client ${ciphers:+-tls1_2 -cipher "$ciphers:@SECLEVEL=0"} -quiet -verify_return_error -CAfile "$NIMSFW_TRUST_ANCHOR" -servername "$NIMSFW_SERVER_NAME" \
    -connect "$NIMSFW_SERVER_ADDRESS:$NIMSFW_PORT" 2>/dev/null
  exec 3<&"${COPROC[0]}" 4>&"${COPROC[1]}"
  ;;
*) exit 127 ;;
esac
user=$NIMSFW_SUBSCRIBER_IMPI realm=$NIMSFW_SUBSCRIBER_DOMAIN uri=sip:$NIMSFW_SUBSCRIBER_DOMAIN
me=${NIMSFW_SUBSCRIBER_IMPU#sip:} call=$RANDOM$RANDOM$RANDOM
hash() { printf %s "$1" | md5sum | cut -d' ' -f1; }
register() { # CSEQ [AUTHORIZATION]: prints the answer
  printf '%s\r\n' "REGISTER $uri SIP/2.0" \
    "Via: SIP/2.0/${NIMSFW_TRANSPORT^^} $NIMSFW_ADDRESS:5060;branch=z9hG4bK$call$1;rport" \
    "Max-Forwards: 70" "From: <sip:$me>;tag=$call" "To: <sip:$me>" "Call-ID: $call" "CSeq: $1 REGISTER" \
    "Contact: <sip:${me%@*}@$NIMSFW_ADDRESS:5060;transport=$NIMSFW_TRANSPORT>" "Expires: 600" ${2:+"$2"} \
    "Supported: path" "Content-Length: 0" "" >"/tmp/$call" && cat "/tmp/$call" >&4 && rm "/tmp/$call"
  timeout 4 dd bs=65535 count=1 status=none <&3 | tr -d '\r'
}
challenge=$(register 1 "Authorization: Digest username=\"$user\",realm=\"$realm\",nonce=\"\",uri=\"$uri\",response=\"\"")
nonce=$(sed -n 's/^WWW-Authenticate:.*nonce="\([^"]*\)".*/\1/ip' <<<"$challenge")
[ "$nonce" ] || { echo "no challenge came: ${challenge%%$'\n'*}" >&2; exit 1; }
ha1=$(hash "$user:$realm:$NIMSFW_SUBSCRIBER_PASSWORD") ha2=$(hash "REGISTER:$uri")
response=$(hash "$ha1:$nonce:00000001:$call:auth:$ha2")
answer=$(register 2 "Authorization: Digest username=\"$user\",realm=\"$realm\",nonce=\"$nonce\",uri=\"$uri\",qop=auth,nc=00000001,cnonce=\"$call\",response=\"$response\"")
[[ $answer == "SIP/2.0 200"* ]] || { echo "not registered: ${answer%%$'\n'*}" >&2; exit 1; }
