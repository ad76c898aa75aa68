/** How long evidence may lag behind the UE's word, in ms: the log of a dropped packet, the proxy's line for a tunnel. */
export const dropLagMs = 500;
export const proxyLagMs = 3_000;
