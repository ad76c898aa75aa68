/**
 * How long is waited for evidence at most, in ms. Of the log of what the firewall denies, until a marker has come through it:
 * a machine that has too much to do may take its time.
 */
export const dropLagMs = 120_000;

/**
 * The same of the proxy's lines. What is not there by then is judged as not there, as is the line of a CONNECT that squid
 * still tries to serve.
 */
export const proxyLagMs = 30_000;
