import { akaRungs, registrationRungs, relayRungs } from '../ladder';
import type { Rung, Step } from '../rung';

/** Returns the rung to the P-CSCF with this step and name. */
export const toPcscf = (step: Step, via: string): Rung =>
  rungAmong([...akaRungs, ...registrationRungs], step, via);

/** Returns the rung to the TURN server with this step and name. */
export const toTurn = (step: Step, via: string): Rung => rungAmong(relayRungs, step, via);

/** Returns the rung with this step and name; if both servers have one, it is the rung to the P-CSCF. */
export const rungCalled = (step: Step, via: string): Rung =>
  rungAmong([...akaRungs, ...registrationRungs, ...relayRungs], step, via);

function rungAmong(rungs: readonly Rung[], step: Step, via: string): Rung {
  const found = rungs.find((rung) => rung.step === step && rung.via === via);
  if (!found) throw new Error(`there is no rung ${step} ${via}`);
  return found;
}
