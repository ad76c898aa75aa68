import { createRequire } from 'node:module';
import type Docker from 'dockerode';
import { LabError } from '../lab-error';

const requireHere = createRequire(__filename);

/**
 * The oldest engine that the lab runs on. It lets every user open low ports inside a container's own network.
 */
export const oldestEngine = '20.10';

/**
 * Returns a client of the machine's Docker Engine, or of the one that DOCKER_HOST names. It sends no request
 * yet. dockerode is loaded here and not before, because that takes 0.2 s, which other commands need not spend.
 *
 * @param patienceMs milliseconds of silence after which the engine counts as missing; without it, the client
 *   waits for ever
 */
export function engineClient(patienceMs?: number): Docker {
  const Client = requireHere('dockerode') as typeof Docker;
  return patienceMs === undefined ? new Client() : new Client({ timeout: patienceMs });
}

/**
 * Asks the engine for its version.
 *
 * @returns e.g. `20.10.24+dfsg1`
 * @throws LabError `NO_ENGINE`, `ENGINE_FORBIDDEN`, `ENGINE_TOO_OLD`
 */
export async function engineVersion(docker: Docker): Promise<string> {
  let version: string;
  try {
    version = (await docker.version()).Version;
  } catch (error) {
    throw asEngineError(error);
  }
  if (isTooOld(version))
    throw new LabError(
      'ENGINE_TOO_OLD',
      `this is Docker Engine ${version}; the docker backend needs ${oldestEngine} or newer: upgrade it (Debian: apt-get install docker.io)`,
    );
  return version;
}

/** Says whether an engine is older than {@link oldestEngine}. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = numbers(version);
  const [oldestMajor = 0, oldestMinor = 0] = numbers(oldestEngine);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

/**
 * Turns a failed call to the engine into an error for the user, if the engine itself is the trouble; returns
 * any other error unchanged.
 */
export function asEngineError(error: unknown): unknown {
  const { code, address, message } = error as NodeJS.ErrnoException & { address?: string };
  const at = address ?? process.env['DOCKER_HOST'] ?? '/var/run/docker.sock';
  if (code === 'EACCES' || code === 'EPERM')
    return new LabError(
      'ENGINE_FORBIDDEN',
      `you may not use the Docker Engine at ${at}; as root: usermod --append --groups docker USER, then log in again`,
    );
  if (code !== undefined && unreachable.has(code))
    return new LabError(
      'NO_ENGINE',
      `no Docker Engine answers at ${at} (${code}); install one with npx nimsfw setup --for-docker, start it with systemctl start docker, or put node bin/with-docker.mjs before the command`,
    );
  return error instanceof Error ? error : new Error(message);
}

/**
 * Turns a failed call to the engine into an error for the user: {@link asEngineError}, or `ENGINE_FAILED` with
 * the engine's message. An error that never came from the engine stays unchanged, because it is a defect of
 * nimsfw.
 */
export function engineFailure(error: unknown): unknown {
  if (error instanceof LabError) return error;
  const explained = asEngineError(error);
  if (explained instanceof LabError) return explained;
  const { message, json, statusCode, code } = error as NodeJS.ErrnoException & {
    json?: { message?: string };
    statusCode?: number;
  };
  if (statusCode === undefined && code === undefined) return error;
  return new LabError(
    'ENGINE_FAILED',
    `the Docker Engine refused a part of the lab: ${(json?.message ?? message).trim()}; look at its log (journalctl -u docker)`,
  );
}

/** Says whether the engine answered that it does not have the requested thing. */
export const isMissing = (error: unknown): boolean => (error as { statusCode?: number }).statusCode === 404;

const unreachable = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTSOCK',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
