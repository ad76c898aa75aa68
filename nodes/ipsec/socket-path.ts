/**
 * Returns the path by which Node opens a Unix socket. A name that begins with `@` is in the abstract namespace (unix(7)),
 * which belongs to the network: programs that share nothing but the network, as containers of one node do, find it there, and
 * it is gone with the program.
 */
export const socketPath = (name: string): string => (name.startsWith('@') ? `\0${name.slice(1)}` : name);
