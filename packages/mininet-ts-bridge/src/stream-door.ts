import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { BridgeError } from './errors';
import { parseGreeting, type Greeting } from './spawner';

/** Takes the connections of commands. Programs in the network can connect as well, and are ignored. */
export class StreamDoor {
  private constructor(private readonly server: Server) {}

  /**
   * Listens at a path.
   * @param take is given each connection that has said who it is from
   * @throws BridgeError `NETWORK_START_FAILED` where that cannot be, for instance because the network has just ended
   */
  static async open(path: string, take: (greeting: Greeting, socket: Socket) => void): Promise<StreamDoor> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      // A command sends its greeting in one piece, so a piece of one is nobody's.
      socket.once('readable', () => {
        const greeting = parseGreeting(firstLine(socket));
        if (greeting) take(greeting, socket);
        else socket.destroy();
      });
    });
    // The network's first process keeps this process alive as long as it runs; the door alone does not.
    server.unref();
    try {
      await once(server.listen(path), 'listening');
    } catch (error) {
      const why = (error as Error).message;
      throw new BridgeError('NETWORK_START_FAILED', `nothing can listen in the network (${why}); try again`);
    }
    return new StreamDoor(server);
  }

  close(): void {
    this.server.close();
  }
}

/** Takes the first line off a socket, its end included; what follows stays. */
function firstLine(socket: Socket): string {
  const bytes = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
  const end = bytes.indexOf('\n') + 1;
  if (end < bytes.length) socket.unshift(bytes.subarray(end));
  return bytes.toString('latin1', 0, end);
}
