/**
 * A route for Kamailio that brings the URI in `$var(uri)` into the one form in which it is compared as an address of
 * record, in `$var(aor)`; empty for what is neither a SIP nor a tel URI.
 *
 * - RFC 3261 10.3 and 19.1.4: no URI parameters, nothing escaped, host in lower case; user, password and port as they are,
 *   so that an explicit 5060 is another address than none.
 * - RFC 3966 4 and RFC 3261 19.1.6: a number without visual separators, of a tel URI or of its SIP form, which says
 *   `user=phone`; a local number with the digits of its context before it, or with the domain that is its context.
 *
 * Needs Kamailio's module pv.
 */
export const addressOfRecord = `
route[ADDRESS_OF_RECORD] {
  $var(aor) = "";
  if (!($var(uri) =~ "^(sip|tel):")) return;
  $var(user) = $(var(uri){uri.user}{s.unescape.user});
  if ($(var(uri){uri.passwd}) != "") $var(user) = $var(user) + ":" + $(var(uri){uri.passwd});
  if ($var(uri) =~ "^tel:" || $var(uri) =~ ";user=phone([;?]|$)") {
    $var(user) = $(var(user){re.subst,/[-.()]//g});
    $var(context) = "";
    if ($var(uri) =~ ";phone-context=") {
      $var(context) = $(var(uri){re.subst,/^.*;phone-context=([^;@?]*).*$/\\1/i}{s.tolower});
    }
    if ($var(context) =~ "^[+]") {
      $var(aor) = "tel:" + $(var(context){re.subst,/[-.()]//g}) + $var(user);
      return;
    }
    if ($var(context) != "") {
      $var(aor) = "tel:" + $var(user) + ";phone-context=" + $var(context);
      return;
    }
    if ($var(uri) =~ "^tel:") {
      $var(aor) = "tel:" + $var(user);
      return;
    }
  }
  $var(aor) = "sip:" + $var(user) + "@" + $(var(uri){uri.host}{s.tolower});
  if ($(var(uri){uri.port}) != "") $var(aor) = $var(aor) + ":" + $(var(uri){uri.port});
}
`;
