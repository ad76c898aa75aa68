/** The part of JsSIP's subscription that is needed here. */
interface Subscription {
  /** Null until the 200 has come. */
  readonly id: string | null;
  on(event: 'accepted', listener: () => void): unknown;
}

/** Keeps a NOTIFY that overtakes the 200 to SUBSCRIBE back until then: JsSIP refuses what it knows no dialog for (481). */
export class EarlyNotifications {
  private subscription: Subscription | undefined;
  private deliver: (message: string) => void = () => undefined;
  private readonly kept: string[] = [];

  get isAwaited(): boolean {
    return this.subscription !== undefined;
  }

  /** Comes between the WebSocket and JsSIP; JsSIP has to have bound itself to the WebSocket. */
  between(socket: { ondata: (data: unknown) => void }): void {
    const deliver = socket.ondata;
    this.deliver = deliver;
    socket.ondata = (data) => {
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
      if (text.startsWith('NOTIFY ') && this.subscription?.id === null) this.kept.push(text);
      else deliver(text);
    };
  }

  await(subscription: Subscription): void {
    this.subscription = subscription;
    // JsSIP still deals with the 200.
    subscription.on('accepted', () =>
      queueMicrotask(() => this.kept.splice(0).forEach((text) => this.deliver(text))),
    );
  }
}
