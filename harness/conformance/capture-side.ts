/** Where a capture was made, as far as conformance is asked there. */
export type CaptureSide = 'ue' | 'core';

/**
 * Returns the side of a capture by its name in `captures/`. What was captured between firewall and servers, or at
 * the proxy, are the same messages once more, so nothing is asked there.
 */
export function sideOf(name: string): CaptureSide | undefined {
  if (name.endsWith('-ue-side.pcap')) return 'ue';
  return name === 'core.pcap' ? 'core' : undefined;
}
