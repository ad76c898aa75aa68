/**
 * What programs of a node find in their environment, as in a container: nothing of whoever started the lab, for that could
 * change what they do (NODE_OPTIONS, OPENSSL_CONF) and so what is measured.
 */
export const programEnvironment = { HOME: '/', LANG: 'C.UTF-8' };
