/**
 * Milliseconds to wait for a marker in the log of the firewall's denied packets. An overloaded machine may take
 * that long.
 */
export const dropLagMs = 120_000;

/**
 * Milliseconds to wait for lines of the proxy's log. A line that is missing after this time counts as absent,
 * for example that of a CONNECT which squid still tries to serve.
 */
export const proxyLagMs = 30_000;
