import { searchPath } from 'mininet-ts-bridge';
import { programEnvironment } from './program-environment';

/** Returns the environment of a node's programs, for programs that run on this machine itself. */
export const hostEnvironment = (): Record<string, string> => ({ ...programEnvironment, PATH: searchPath() });
