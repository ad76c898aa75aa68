/** A quoted string (RFC 3261 25.1), as a POSIX regular expression with one group, for where Kamailio reads no escapes. */
export const quoted = String.raw`"([^"\\]|\\.)*"`;

/** What may stand before the angle bracket of a contact, with two groups. */
const displayName = `[[:space:],]*([^<,"]|${quoted})*`;

/** The value of a numeric parameter, of at most nine digits. */
const number = (name: string): string =>
  `;[[:space:]]*${name}[[:space:]]*=[[:space:]]*([0-9]{1,9})[[:space:]]*(;.*)?$`;

/**
 * A routing block for Kamailio that takes the first contact off `$var(rest)`, a list of contacts as in the header field
 * Contact (RFC 3261 20.10). Leaves its URI in `$var(contact)`, empty if there is no further one, and its parameters in
 * `$var(parameters)`, each with the semicolon before it; of those, the values of `expires` and `reg-id` in
 * `$var(seconds)` and `$var(regid)`, 0 if it has none, and that of `+sip.instance` in `$var(instance)`.
 *
 * Kamailio's `re.subst` fails where nothing would be left, so each of its results here has a character before it.
 *
 * It needs the module pv.
 */
export const contacts = `
route[NEXT_CONTACT] {
  $var(list) = $var(rest);
  $var(contact) = "";
  $var(rest) = "";
  if ($var(list) =~ '^${displayName}<[^<>]+>') {
    $var(contact) = $(var(list){re.subst,/^${displayName}<([^<>]*)>.*$/\\3/s});
    $var(list) = $(var(list){re.subst,/^${displayName}<[^<>]*>(.*)$/!\\3/s});
  } else {
    # Without angle brackets, what follows a semicolon belongs to the contact and not to the URI.
    if (!($var(list) =~ '^[[:space:],]*[^[:space:],;"<>]')) return;
    $var(contact) = $(var(list){re.subst,/^[[:space:],]*([^[:space:],;"<>]*).*$/\\1/s});
    $var(list) = $(var(list){re.subst,/^[[:space:],]*[^[:space:],;"<>]*(.*)$/!\\1/s});
  }
  $var(parameters) = $(var(list){re.subst,/^(([^,"]|${quoted})*).*$/\\1/s}{s.strip,1});
  $var(rest) = $(var(list){re.subst,/^([^,"]|${quoted})*(.*)$/!\\3/s}{s.strip,1});
  $var(unquoted) = "!" + $var(parameters);
  $var(unquoted) = $(var(unquoted){re.subst,/${quoted}/""/gs});
  $var(seconds) = 0;
  if ($var(unquoted) =~ '${number('expires')}')
    $var(seconds) = $(var(unquoted){re.subst,/^.*${number('expires')}/\\1/is}{s.int});
  $var(regid) = 0;
  if ($var(unquoted) =~ '${number('reg-id')}')
    $var(regid) = $(var(unquoted){re.subst,/^.*${number('reg-id')}/\\1/is}{s.int});
  $var(instance) = "";
  if ($var(parameters) =~ ';[[:space:]]*[+]sip[.]instance[[:space:]]*=[[:space:]]*"[^"]+"')
    $var(instance) = $(var(parameters){re.subst,/^.*;[[:space:]]*[+]sip[.]instance[[:space:]]*=[[:space:]]*"([^"]*)".*$/\\1/is});
}
`;
