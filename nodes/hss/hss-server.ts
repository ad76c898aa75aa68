import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { HssSettings, HssSubscriber } from './config';
import { answerTo, Cx, find } from './cx';
import { avp, decode, decodeAvps, encode, MessageStream, type Avp, type DiameterMessage } from './diameter';
import { avps, commands, cxApplication, results, vendor3gpp } from './dictionary';
import { logLine } from './log-line';

/**
 * The HSS as a Diameter server over TCP (RFC 6733). A peer that is not expected, or sends what is no Diameter, costs one
 * line of the log and its connection.
 */
export class HssServer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly cx: Cx;

  private constructor(
    private readonly settings: HssSettings,
    subscribers: readonly HssSubscriber[],
    private readonly note: (line: string) => void,
  ) {
    this.cx = new Cx(settings, subscribers, note);
    this.server = createServer((socket) => this.accept(socket));
  }

  /**
   * Starts to listen.
   * @param note takes a line for the log
   * @throws Error if the port is taken
   */
  static async start(
    settings: HssSettings,
    subscribers: readonly HssSubscriber[],
    note: (line: string) => void,
  ): Promise<HssServer> {
    const started = new HssServer(settings, subscribers, note);
    started.server.listen(settings.port, settings.address);
    await once(started.server, 'listening');
    started.server.on('error', ({ message }) => started.log(`a connection could not be taken: ${message}`));
    return started;
  }

  /** The port that it listens at. */
  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === 'object' ? address.port : this.settings.port;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket): void {
    const from = `${socket.remoteAddress}:${socket.remotePort}`;
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', (error) => this.log(`the connection from ${from} failed: ${error.message}`));
    const close = (reason: string): void => {
      // What else comes over it is not read, so that one peer costs one line.
      socket.removeAllListeners('data');
      this.log(`closed the connection from ${from}: ${reason}`);
      socket.destroy();
    };
    if (!this.settings.peers.includes(socket.remoteAddress ?? '')) {
      // The lab asks from the HSS's own node whether it still works, many times in a run.
      if (socket.remoteAddress === this.settings.address) {
        socket.destroy();
        return;
      }
      close('it is no peer of the HSS');
      return;
    }
    const stream = new MessageStream();
    const peer = { isOpen: false };
    socket.on('data', (bytes) => {
      try {
        for (const message of stream.push(bytes)) {
          const refused = this.take(decode(message), socket, peer, from);
          if (refused !== undefined) {
            close(refused);
            return;
          }
        }
      } catch (error) {
        close(error instanceof Error ? error.message : String(error));
      }
    });
  }

  /** Handles a message of a peer. @returns why the connection is to be closed, if it is */
  private take(
    message: DiameterMessage,
    socket: Socket,
    peer: { isOpen: boolean },
    from: string,
  ): string | undefined {
    // It sends no requests itself.
    if (!message.isRequest) return `an answer to command ${message.command} came, and nothing was asked`;
    const answer = (content: readonly Avp[], result: number = results.success): void =>
      void socket.write(
        encode(
          answerTo(message, [
            avp(avps.resultCode, result),
            avp(avps.originHost, this.settings.originHost),
            avp(avps.originRealm, this.settings.domain),
            ...content,
          ]),
        ),
      );
    if (message.command === commands.capabilitiesExchange) {
      const serves = offersCx(message.avps);
      answer(this.capabilities(), serves ? results.success : results.noCommonApplication);
      if (!serves) return 'its CER has not the application Cx';
      const name = find(message.avps, avps.originHost)?.data.toString() ?? 'unnamed';
      peer.isOpen = true;
      this.log(`peer ${name} is connected from ${from}`);
      return undefined;
    }
    if (!peer.isOpen) return `command ${message.command} came before the CER`;
    if (message.command === commands.deviceWatchdog) answer([]);
    else if (message.command === commands.disconnectPeer) {
      answer([]);
      socket.end();
    } else socket.write(encode(this.cx.answer(message)));
    return undefined;
  }

  private capabilities(): Avp[] {
    const address = [0, 1, ...this.settings.address.split('.').map(Number)];
    return [
      avp(avps.hostIpAddress, Buffer.from(address)),
      avp(avps.vendorId, vendor3gpp),
      avp(avps.productName, 'nimsfw-lab HSS'),
      avp(avps.supportedVendorId, vendor3gpp),
      avp(avps.vendorSpecificApplicationId, [
        avp(avps.vendorId, vendor3gpp),
        avp(avps.authApplicationId, cxApplication),
      ]),
    ];
  }

  private log(line: string): void {
    this.note(logLine(line));
  }
}

/** A relay agent offers all applications (RFC 6733 2.4). */
const relay = 0xffff_ffff;

function offersCx(given: readonly Avp[]): boolean {
  const isVendorSpecific = (one: Avp): boolean =>
    one.vendor === 0 && one.code === avps.vendorSpecificApplicationId.code;
  const offered = [...given, ...given.filter(isVendorSpecific).flatMap(({ data }) => decodeAvps(data))]
    .filter(
      ({ vendor, code, data }) => vendor === 0 && code === avps.authApplicationId.code && data.length === 4,
    )
    .map(({ data }) => data.readUInt32BE());
  return offered.includes(cxApplication) || offered.includes(relay);
}
