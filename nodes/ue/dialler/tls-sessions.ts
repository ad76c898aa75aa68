/**
 * The TLS sessions of one attempt, for its second and further connections to a server (TS 33.203 W.3: "TLS session
 * resumption may be used"). They end with the attempt, so that the next attempt begins without any.
 */
export class TlsSessions {
  private static readonly ofAttempts = new WeakMap<object, TlsSessions>();
  private readonly sessions = new Map<string, Buffer>();

  /** @param request the attempt's request; it is the same object in every part of the attempt */
  static of(request: object): TlsSessions {
    const known = TlsSessions.ofAttempts.get(request) ?? new TlsSessions();
    TlsSessions.ofAttempts.set(request, known);
    return known;
  }

  /** @param server authority, e.g. `turn.example:443` */
  get(server: string): Buffer | undefined {
    return this.sessions.get(server);
  }

  put(server: string, session: Buffer): void {
    this.sessions.set(server, session);
  }
}
