import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { parseGreeting, type Greeting } from './spawner';

/** Takes the connections of commands. Programs in the network can connect as well, and are ignored. */
export class StreamDoor {
  private constructor(private readonly server: Server) {}

  /**
   * Listens at a path.
   * @param take is given each connection that has said who it is from
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
    // A command connects before it is told as started, so that whoever waits for it keeps this process alive.
    server.unref();
    await once(server.listen(path), 'listening');
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
