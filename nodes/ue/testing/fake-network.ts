import type { AttemptFailure, FlowSocket } from '../failure';
import { ownCandidate, sameEndpoint, showEndpoint } from '../media/candidate';
import type { Candidate } from '../media/candidate';
import type { BaseListener, IceBase } from '../media/ice-base';
import type { Endpoint } from '../protocol';

/** What becomes of a datagram on its way: nothing, or where it seems to come from and where it goes. */
export type Rewrite = (from: Endpoint, to: Endpoint) => { from: Endpoint; to: Endpoint } | undefined;

/** Bases that reach each other in memory, over a network with rules of the test's own. */
export class FakeNetwork {
  private readonly bases: FakeBase[] = [];
  rewrite: Rewrite = (from, to) => ({ from, to });
  /** Every datagram that was sent, `from > to`. */
  readonly sent: string[] = [];

  base(type: Candidate['type'], address: Endpoint, way = 'udp'): FakeBase {
    const base = new FakeBase(this, ownCandidate(type, address), way);
    this.bases.push(base);
    return base;
  }

  carry(sender: Endpoint, receiver: Endpoint, data: Buffer): void {
    this.sent.push(`${showEndpoint(sender)} > ${showEndpoint(receiver)}`);
    const way = this.rewrite(sender, receiver);
    if (way === undefined) return;
    const base = this.bases.find(({ candidates: [own] }) => own && sameEndpoint(own.address, way.to));
    queueMicrotask(() => base?.receive(data, way.from));
  }
}

export class FakeBase implements IceBase {
  readonly candidates: Candidate[];
  readonly opened: string[] = [];
  readonly socket: FlowSocket;
  closed = false;
  works = false;
  private listener: BaseListener | undefined;

  constructor(
    private readonly network: FakeNetwork,
    private readonly own: Candidate,
    readonly way: string,
  ) {
    this.candidates = [own];
    this.socket = { protocol: way === 'udp' ? 'udp' : 'tcp', local: own.address };
  }

  async open(remote: Endpoint): Promise<void> {
    this.opened.push(showEndpoint(remote));
  }

  send(remote: Endpoint, data: Buffer): void {
    // To be told of before the first packet.
    if (!this.opened.includes(showEndpoint(remote)))
      throw new Error(`${showEndpoint(remote)} was not opened`);
    if (!this.closed) this.network.carry(this.own.address, remote, data);
  }

  listen(listener: BaseListener): void {
    this.listener = listener;
  }

  proven(): void {
    this.works = true;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  receive(data: Buffer, from: Endpoint): void {
    if (!this.closed) this.listener?.datagram(data, from);
  }

  lose(failure: AttemptFailure): void {
    this.listener?.lost(failure);
  }
}
