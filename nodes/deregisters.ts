/**
 * A routing block for Kamailio that says in `$var(deregisters)` whether a REGISTER removes registrations (RFC 3261
 * 10.2.2): its Contact has `expires=0`, or it has no such parameter and the header field Expires is 0 (10.2.1.1).
 *
 * It needs Kamailio's module pv.
 */
export const deregisters = `
route[DEREGISTERS] {
  $var(deregisters) = 0;
  $var(asked) = $(ct{re.subst,/<[^>]*>//g});
  if (!($var(asked) =~ ";[ \\t]*expires[ \\t]*=")) $var(asked) = ";expires=" + $hdr(Expires);
  if ($var(asked) =~ ";[ \\t]*expires[ \\t]*=[ \\t]*0+[ \\t]*([;,]|$)") $var(deregisters) = 1;
}
`;
