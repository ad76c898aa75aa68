/**
 * The environment of a node's programs, as in a container. It has nothing from the user's environment
 * (NODE_OPTIONS, OPENSSL_CONF), which could change what the programs do and so what is measured.
 */
export const programEnvironment = { HOME: '/', LANG: 'C.UTF-8' };
