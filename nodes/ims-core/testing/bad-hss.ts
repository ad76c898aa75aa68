import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { avp, decode, encode, MessageStream, type Avp, type DiameterMessage } from '../../hss/diameter';
import { avps, commands, cxApplication, vendor3gpp } from '../../hss/dictionary';

/** What a {@link BadHss} does with a request of Cx: answers with AVPs, sends these bytes, or keeps silent. */
export type Misdeed = (request: DiameterMessage) => readonly Avp[] | Buffer | undefined;

/** An HSS that lets the S-CSCF connect, and then does not do what it should. */
export class BadHss implements AsyncDisposable {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly misdeed: Misdeed,
    private readonly address: string,
  ) {
    server.on('connection', (socket) => this.serve(socket));
  }

  static async start(at: { address: string; port: number }, misdeed: Misdeed): Promise<BadHss> {
    const server = createServer();
    const hss = new BadHss(server, misdeed, at.address);
    server.listen(at.port, at.address);
    await once(server, 'listening');
    return hss;
  }

  private serve(socket: Socket): void {
    const stream = new MessageStream();
    this.sockets.add(socket);
    // The S-CSCF may end a connection over which it got nonsense.
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const message of stream.push(bytes)) this.answer(decode(message), socket);
    });
  }

  private answer(request: DiameterMessage, socket: Socket): void {
    if (!request.isRequest) return;
    const own = [avp(avps.originHost, this.address), avp(avps.originRealm, 'ims.example')];
    const send = (content: readonly Avp[]): void =>
      void socket.write(encode({ ...request, isRequest: false, avps: [...own, ...content] }));
    if (request.application === cxApplication) {
      const answer = this.misdeed(request);
      if (Buffer.isBuffer(answer)) socket.write(answer);
      else if (answer) send([...request.avps.filter(isRepeated), ...answer]);
    } else if (request.command === commands.capabilitiesExchange) {
      send([
        avp(avps.resultCode, 2001),
        avp(avps.vendorId, vendor3gpp),
        avp(avps.productName, 'bad'),
        avp(avps.vendorSpecificApplicationId, [
          avp(avps.vendorId, vendor3gpp),
          avp(avps.authApplicationId, cxApplication),
        ]),
      ]);
    } else send([avp(avps.resultCode, 2001)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Says whether an answer repeats an AVP of its request (TS 29.228 6.3). */
const isRepeated = ({ code }: Avp): boolean =>
  [avps.sessionId, avps.userName, avps.publicIdentity].some((repeated) => repeated.code === code);
