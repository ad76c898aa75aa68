/** The settings of Kamailio's module auth for {@link digest}. */
export const digestSettings = `
modparam("auth", "qop", "auth")
modparam("auth", "algorithm", "MD5")
modparam("auth", "nonce_count", 1)
modparam("auth", "add_authinfo_hdr", 1)
`;

/**
 * A routing block for Kamailio that goes on only if the user who registers has shown to know the password (SIP Digest,
 * TS 33.203 Annex N; RFC 3261 22.4, RFC 2617). The answer to the request then shows that the core knows it too.
 *
 * An answer to a challenge is good once: its nonce count has to be higher than any before it. It says so with qop, which
 * RFC 3261 22.4 has every client use that is challenged with it; one without could be used again for another Contact.
 *
 * It needs the modules auth, tm, sl, pv and siputils, and the table `password`. A transaction has to be there.
 * @param domain the realm
 */
export const digest = (domain: string): string => `
route[AUTHENTICATE] {
  if ($hdr(Authorization) == $null) {
    www_challenge("${domain}", "1");
    exit;
  }
  # What stands in quotes is another parameter's value, unless it is the one that is looked for.
  $var(unquoted) = $(hdr(Authorization){re.subst,/"auth"/auth/g}{re.subst,/"[^"]*"/""/g});
  if ($sht(password=>$aU) == $null || !($var(unquoted) =~ "[ ,]qop *= *auth *(,|$)")) {
    www_challenge("${domain}", "1");
    exit;
  }
  if (!pv_www_authenticate("${domain}", "$sht(password=>$aU)", "0")) {
    # The nonce is too old, or was used: the UE need not ask its user for another password.
    if ($rc == -4) www_challenge("${domain}", "17");
    else www_challenge("${domain}", "1");
    exit;
  }
  # RFC 2617 3.2.2.5.
  if (!cmp_uri("$adu", "$ou")) {
    send_reply("400", "Digest URI Is Not The Request-URI");
    exit;
  }
}
`;
