import { get } from 'node:http';
import { SetupError } from './failure.mjs';

/** The socket at which an engine listens unless told otherwise. */
export const usualSocket = '/var/run/docker.sock';
/** A working engine answers at once, so this is ample. */
const answersWithinMs = 10_000;

/** Returns the socket that DOCKER_HOST names; undefined if the engine is not on a socket of this machine. */
export function socketOf(dockerHost) {
  if (!dockerHost) return usualSocket;
  return /^unix:\/\/(\/.*)$/.exec(dockerHost)?.[1];
}

/**
 * Says whether a Docker Engine answers at a socket.
 * @throws SetupError `ENGINE_FORBIDDEN`, `ENGINE_UNWELL`
 */
export async function answers(socketPath) {
  try {
    const status = await ping(socketPath);
    if (status === 200) return true;
    throw new SetupError(
      'ENGINE_UNWELL',
      `what answers at ${socketPath} is no Docker Engine (HTTP ${status}); see what it is`,
    );
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(error.code)) return false;
    if (['EACCES', 'EPERM'].includes(error.code))
      throw new SetupError(
        'ENGINE_FORBIDDEN',
        `you may not use the Docker Engine at ${socketPath}; as root: usermod --append --groups docker USER, then log in again`,
      );
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      'ENGINE_UNWELL',
      `the Docker Engine at ${socketPath} does not answer (${error.message}); restart it`,
    );
  }
}

function ping(socketPath) {
  return new Promise((resolve, reject) => {
    const request = get(
      { socketPath, path: '/_ping', headers: { host: 'docker' }, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.setTimeout(answersWithinMs, () =>
      request.destroy(new Error(`no answer in ${answersWithinMs / 1000} s`)),
    );
    request.on('error', reject);
  });
}
