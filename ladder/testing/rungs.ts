import { registrationRungs, relayRungs } from '../ladder';
import type { Rung, Step } from '../rung';

/** The rung to the P-CSCF that is called so. */
export const toPcscf = (step: Step, via: string): Rung => rungAmong(registrationRungs, step, via);

/** The rung to the TURN server that is called so. */
export const toTurn = (step: Step, via: string): Rung => rungAmong(relayRungs, step, via);

/** The rung that is called so, to the P-CSCF where both servers have one. */
export const rungCalled = (step: Step, via: string): Rung =>
  rungAmong([...registrationRungs, ...relayRungs], step, via);

function rungAmong(rungs: readonly Rung[], step: Step, via: string): Rung {
  const found = rungs.find((rung) => rung.step === step && rung.via === via);
  if (!found) throw new Error(`there is no rung ${step} ${via}`);
  return found;
}
