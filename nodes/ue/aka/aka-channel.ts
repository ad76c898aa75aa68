import { Listening, type Channel, type ChannelListener } from '../dialler/channel';
import type { LocalPorts } from '../dialler/local-ports';
import type { AttemptFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import { ProtectedPort } from './protected-port';

/** Where the UE sends to, and what may come from where, while a set of security associations is in use. */
interface Protected {
  readonly client: ProtectedPort;
  /** The protected server port of the P-CSCF. */
  readonly server: Endpoint;
  /** The protected client port of the P-CSCF. */
  readonly peerClientPort: number;
}

/**
 * The way to a P-CSCF by IMS AKA. It begins in the clear on a socket of its own. Then everything goes from the protected
 * client port of the UE to the protected server port of the P-CSCF, and comes to either protected port (TS 33.203 7.1).
 */
export class AkaChannel implements Channel {
  readonly transport = 'udp';
  private readonly listening = new Listening();
  private current: Protected | undefined;
  /** What was in use before, until the registration is renewed. */
  private former: Protected | undefined;
  private readonly clients = new Set<ProtectedPort>();
  private serverPort: ProtectedPort | undefined;
  private isOver = false;
  /** Called when nothing more is to come over the socket in the clear. */
  whenProtected: () => void = () => undefined;
  /** Called when nothing more is sent over the way; what was sent has left when it resolves. */
  whenOver: () => Promise<void> = () => Promise.resolve();

  private constructor(
    /** The socket of the first REGISTER. */
    readonly plain: Channel,
    readonly seenAs: FiveTuple,
    private readonly address: string,
    private readonly ports: LocalPorts,
  ) {}

  /** Takes the protected server port. @throws AttemptFailure */
  static async open(
    plain: Channel,
    seenAs: FiveTuple,
    address: string,
    ports: LocalPorts,
  ): Promise<AkaChannel> {
    const channel = new AkaChannel(plain, seenAs, address, ports);
    channel.serverPort = await channel.take();
    return channel;
  }

  /** The protected server port. */
  get local(): Endpoint {
    return { ip: this.address, port: this.serverPort!.port };
  }

  get remote(): Endpoint {
    return this.current?.server ?? this.plain.remote;
  }

  get server(): Endpoint {
    return this.remote;
  }

  get isProtected(): boolean {
    return this.current !== undefined;
  }

  /** Takes a fresh protected client port. @throws AttemptFailure */
  async takeClientPort(): Promise<ProtectedPort> {
    const port = await this.take();
    // The attempt may have ended meanwhile.
    if (this.isOver) port.close();
    else this.clients.add(port);
    return port;
  }

  /** Sends over these ports from now on. What was used before is still heard until {@link forgetFormer}. */
  protect(next: Protected): void {
    this.plain.destroy();
    if (!this.isProtected) this.whenProtected();
    this.former = this.current;
    this.current = next;
  }

  /** Closes every client port that is not in use. */
  forgetFormer(): void {
    this.former = undefined;
    for (const port of this.clients) if (port !== this.current?.client) this.closeClient(port);
  }

  send(data: Buffer): void {
    if (this.current) this.current.client.send(data, this.current.server);
    else this.plain.send(data);
  }

  listen(listener: ChannelListener): void {
    this.listening.attach(listener);
    this.plain.listen({
      data: (data) => !this.isProtected && this.listening.data(data),
      lost: (failure) => !this.isProtected && this.listening.lost(failure),
    });
  }

  close(): Promise<void> {
    this.destroy();
    return this.whenOver();
  }

  destroy(): void {
    this.isOver = true;
    void this.whenOver();
    this.listening.close();
    this.plain.destroy();
    this.serverPort?.close();
    for (const port of this.clients) this.closeClient(port);
  }

  lose(failure: AttemptFailure): void {
    this.listening.lost(failure);
    this.destroy();
  }

  private closeClient(port: ProtectedPort): void {
    this.clients.delete(port);
    port.close();
  }

  private take(): Promise<ProtectedPort> {
    return ProtectedPort.take(this.address, this.ports, {
      received: (data, from) => this.isOfPcscf(from) && this.listening.data(data),
      failed: (failure) => this.listening.lost(failure),
    });
  }

  private isOfPcscf({ ip, port }: Endpoint): boolean {
    return [this.current, this.former].some(
      (one) => one?.server.ip === ip && [one.server.port, one.peerClientPort].includes(port),
    );
  }
}
