import { registrationRungs, relayRungs, type Rung, type SessionKind } from '../../ladder';

/** The ladder that a scenario climbs, by the scenario's id. */
export function rungsOf(scenario: string): readonly Rung[] {
  return scenario === 'relay' ? relayRungs : registrationRungs;
}

const media: Readonly<Record<string, SessionKind | 'relay'>> = {
  call: 'rtp',
  'access-change': 'rtp',
  msrp: 'msrp',
  keepalive: 'relay',
};

/** What a scenario needs beside its signalling: the media of a session, or a relayed address to keep alive. */
export const mediaOf = (scenario: string): SessionKind | 'relay' | undefined => media[scenario];
