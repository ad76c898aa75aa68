import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import type { AttemptFailure } from '../failure';
import { ownCandidate } from '../media/candidate';
import type { Candidate } from '../media/candidate';
import type { BaseListener, IceBase } from '../media/ice-base';
import type { Endpoint, FiveTuple } from '../protocol';

/** Rewrites a datagram's source and destination on its way; undefined if the datagram is lost. */
export type Rewrite = (from: Endpoint, to: Endpoint) => { from: Endpoint; to: Endpoint } | undefined;

/** ICE bases that reach each other in memory, over a network whose rules the test sets. */
export class FakeNetwork {
  private readonly bases: FakeBase[] = [];
  rewrite: Rewrite = (from, to) => ({ from, to });
  /** Every datagram that was sent, as `from > to`; `datagrams` has its bytes and its sender. */
  readonly sent: string[] = [];
  readonly datagrams: { readonly from: Endpoint; readonly data: Buffer }[] = [];

  base(type: Candidate['type'], address: Endpoint, way = 'udp'): FakeBase {
    const base = new FakeBase(this, ownCandidate(type, address), way);
    this.bases.push(base);
    return base;
  }

  carry(sender: Endpoint, receiver: Endpoint, data: Buffer): void {
    this.sent.push(`${showEndpoint(sender)} > ${showEndpoint(receiver)}`);
    this.datagrams.push({ from: sender, data });
    const way = this.rewrite(sender, receiver);
    if (way === undefined) return;
    const base = this.bases.find(({ candidates: [own] }) => own && sameEndpoint(own.address, way.to));
    queueMicrotask(() => base?.receive(data, way.from));
  }
}

export class FakeBase implements IceBase {
  readonly candidates: Candidate[];
  readonly opened: string[] = [];
  private readonly remotes: Endpoint[] = [];
  closed = false;
  private listener: BaseListener | undefined;

  constructor(
    private readonly network: FakeNetwork,
    private readonly own: Candidate,
    readonly way: string,
  ) {
    this.candidates = [own];
  }

  get ways(): FiveTuple[] {
    return this.remotes.map((remote) => this.wayTo(remote));
  }

  wayTo(remote: Endpoint): FiveTuple {
    return { protocol: this.way === 'udp' ? 'udp' : 'tcp', local: this.own.address, remote };
  }

  async open(remote: Endpoint): Promise<void> {
    this.opened.push(showEndpoint(remote));
    if (!this.remotes.some((known) => sameEndpoint(known, remote))) this.remotes.push(remote);
  }

  send(remote: Endpoint, data: Buffer): void {
    // A socket has to be announced before its first packet.
    if (!this.opened.includes(showEndpoint(remote)))
      throw new Error(`${showEndpoint(remote)} was not opened`);
    if (!this.closed) this.network.carry(this.own.address, remote, data);
  }

  listen(listener: BaseListener): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  receive(data: Buffer, from: Endpoint): void {
    if (!this.closed) this.listener?.datagram(data, from);
  }

  refuse(remote: Endpoint, failure: AttemptFailure): void {
    this.listener?.refused(remote, failure);
  }

  lose(failure: AttemptFailure): void {
    this.listener?.lost(failure);
  }
}
