import { insteadOf } from '../../kit/near-match';
import type { Backend } from './backend';
import { docker } from './docker/docker';
import { LabError } from './lab-error';
import { netns } from './netns';

/** Every backend by the name that `--backend` takes. */
export const backends: Readonly<Record<string, Backend>> = { netns, docker };

/**
 * Returns the backend of a name.
 * @throws LabError `UNKNOWN_BACKEND`
 */
export function backendCalled(name: string): Backend {
  const found = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (found) return found;
  throw new LabError(
    'UNKNOWN_BACKEND',
    `there is no backend "${name}"; ${insteadOf(name, Object.keys(backends))}`,
  );
}
