import type { AttemptLike } from '../attempt';
import type { Channel } from '../dialler/channel';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import type { Endpoint } from '../protocol';
import { namingSockets } from '../turn/best-way';
import type { MsrpTransport } from './transport';

/** The discard port, which an end that only connects writes as its own (RFC 4145 4.1). */
const discard = 9;

/** Plain TCP from host to host, which this end opens. */
export class DirectTransport implements MsrpTransport {
  readonly setup = 'active';
  connections = 0;

  constructor(
    private readonly access: Access,
    private readonly attempt: AttemptLike,
  ) {}

  prepare(): Promise<Endpoint> {
    return Promise.resolve({ ip: this.access.address, port: discard });
  }

  async connect(remote: Endpoint): Promise<Channel> {
    const serverWay = { transport: 'tcp', server: remote, name: remote.ip } as const;
    const channel = await namingSockets(this.attempt, (noting) => dial(serverWay, this.access, noting));
    this.connections++;
    return channel;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // There is nothing to free besides the connection.
  }
}
