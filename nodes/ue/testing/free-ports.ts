import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Finds ports of 127.0.0.1 that are free at the moment, for both TCP and UDP. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  const close: (() => Promise<void>)[] = [];
  try {
    while (found.length < count) {
      const tcp = createServer();
      await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
      close.push(() => new Promise((resolve) => tcp.close(() => resolve())));
      const address = tcp.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
      if (await udpIsFree(address.port)) found.push(address.port);
    }
    return found;
  } finally {
    await Promise.all(close.map((end) => end()));
  }
}

function udpIsFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4');
  return new Promise((resolve) => {
    udp.once('error', () => {
      udp.close();
      resolve(false);
    });
    udp.bind(port, '127.0.0.1', () => udp.close(() => resolve(true)));
  });
}
