/**
 * Hands out local ports, each of them once, so that every 5-tuple of a run names one socket of one attempt. It
 * begins anew when the range is used up.
 */
export class LocalPorts {
  private next: number;

  /** @param first lowest port to hand out */
  constructor(private readonly first: number) {
    this.next = first;
  }

  take(): number {
    const port = this.next;
    this.next = port >= 65535 ? this.first : port + 1;
    return port;
  }
}
