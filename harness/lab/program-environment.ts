import { searchPath } from 'mininet-ts-bridge';

/**
 * What programs of a node find in their environment, as in a container: nothing of whoever started the lab, for that could
 * change what they do (NODE_OPTIONS, OPENSSL_CONF) and so what is measured.
 */
export const programEnvironment = { HOME: '/', LANG: 'C.UTF-8' };

/** The same for programs that are run on this machine itself. */
export const hostEnvironment = (): Record<string, string> => ({ ...programEnvironment, PATH: searchPath() });
