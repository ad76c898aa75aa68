/**
 * A routing block for Kamailio that brings the URI in `$var(uri)` into the one form in which addresses of record
 * are compared, and puts that into `$var(aor)`. The result is empty for a URI that is neither a SIP nor a tel URI.
 *
 * - RFC 3261 10.3 and 19.1.4: the form has no URI parameters and no escapes, and its host is in lower case. User,
 *   password and port stay as they are, so that an explicit 5060 is another address than no port.
 * - RFC 3966 4 and RFC 3261 19.1.6: a number, in a tel URI or in its SIP form with `user=phone`, has no visual
 *   separators. A local number has the digits of its context before it, or the domain that is its context after it.
 *
 * It needs Kamailio's module pv.
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
