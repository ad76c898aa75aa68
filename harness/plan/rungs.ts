import { registrationRungs, relayRungs, type Rung } from '../../nodes/ue/ladder';

/** The ladder that a scenario climbs, by the scenario's id. */
export function rungsOf(scenario: string): readonly Rung[] {
  return scenario === 'relay' ? relayRungs : registrationRungs;
}
