import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { systemCode } from '../failure';
import type { Endpoint } from '../protocol';
import type { LocalPorts } from './local-ports';
import { maxBindTries } from './udp-channel';

/**
 * Opens a TCP connection from the next local port, with the kernel's own timers.
 * @param about called with the local endpoint just before the SYN leaves
 * @param opened called with the socket as soon as it exists, so that its owner can destroy it meanwhile
 * @throws the system's error
 */
export async function openTcp(
  address: string,
  ports: LocalPorts,
  remote: Endpoint,
  about: (local: Endpoint) => void,
  opened: (socket: Socket) => void,
): Promise<{ readonly socket: Socket; readonly local: Endpoint }> {
  for (let tries = 1; ; tries++) {
    const local = { ip: address, port: ports.take() };
    about(local);
    const socket = connect({
      host: remote.ip,
      port: remote.port,
      localAddress: local.ip,
      localPort: local.port,
      noDelay: true,
    });
    opened(socket);
    try {
      await connected(socket);
      return { socket, local };
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE' || tries === maxBindTries) throw error;
    }
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // This listener stays for the socket's life, so that an error while the socket changes
    // hands is not thrown by the emitter.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed before it was open')));
    socket.once('connect', resolve);
  });
}
