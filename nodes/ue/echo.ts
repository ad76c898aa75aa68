import { createSocket } from 'node:dgram';

/**
 * Sends every UDP datagram back to where it came from.
 * @returns a function that ends it, once the socket is bound
 * @throws the system's error if the port cannot be bound
 */
export function startEcho(address: string, port: number): Promise<() => void> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject);
      // An ICMP error about an earlier echo must not end the echo.
      socket.on('error', () => undefined);
      socket.on('message', (data, from) => socket.send(data, from.port, from.address, () => undefined));
      resolve(() => socket.close());
    });
  });
}
