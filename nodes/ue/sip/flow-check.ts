import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure, asFailure } from '../failure';
import { BindingRequests } from '../media/binding-requests';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import type { ChannelSocket } from './channel-socket';

/** Stands for the only addressee of the requests, the other end of the flow, whose address does not matter. */
const pcscf: Endpoint = { ip: '0.0.0.0', port: 0 };

/** Asks the P-CSCF over the flow of SIP whether the flow still holds, which also keeps it alive (RFC 5626 4.4). */
export class FlowCheck {
  private readonly bindings: BindingRequests;

  /**
   * @param tell takes each STUN transaction id before it is sent
   * @param mapped the address of this end that the P-CSCF saw when the flow held, if that is known
   */
  constructor(
    private readonly socket: ChannelSocket,
    private readonly reliable: boolean,
    private readonly timers: UeTimers,
    tell: (id: string) => void,
    private mapped: Endpoint | undefined,
  ) {
    this.bindings = new BindingRequests(timers, tell, (_, data) => socket.sendStun(data));
    socket.onstun = (data) => this.received(data);
  }

  /** Checks the flow once. @throws AttemptFailure `FLOW_LOST` */
  async check(): Promise<void> {
    if (!this.reliable) return this.bind();
    const { sipPong } = this.timers;
    if (!(await this.socket.ping(sipPong))) {
      throw lost(`no pong within ${sipPong / 1000} s (RFC 5626 4.4.1)`);
    }
  }

  /** Fails all requests and stops their timers. */
  stop(): void {
    this.bindings.stop(new AttemptFailure('ABANDONED', 'the flow is not needed any more'));
  }

  private async bind(): Promise<void> {
    const message = new StunMessage('BINDING', 'request');
    const answer = await this.bindings.start({ message, to: pcscf }).answer.catch((error: unknown) => {
      const failure = asFailure(error);
      if (failure.code !== 'TIMEOUT') throw failure;
      throw lost(`no answer to ${this.timers.stunRc} STUN Binding requests (RFC 5626 4.4.2)`);
    });
    const mapped = answer.get('XOR-MAPPED-ADDRESS');
    if (mapped === undefined) throw lost('the P-CSCF told no mapped address (RFC 5626 4.4.2)');
    this.mapped ??= mapped;
    if (!sameEndpoint(mapped, this.mapped)) {
      const [now, before] = [showEndpoint(mapped), showEndpoint(this.mapped)];
      throw lost(`the P-CSCF sees ${now}, and saw ${before} before (RFC 5626 4.4.2)`);
    }
  }

  private received(data: Buffer): void {
    const message = parseMessage(data);
    if (message !== undefined && message.kind !== 'request') {
      this.bindings.answered(message, data, pcscf);
    }
  }
}

function lost(why: string): AttemptFailure {
  return new AttemptFailure('FLOW_LOST', `the flow to the P-CSCF is lost: ${why}`);
}
