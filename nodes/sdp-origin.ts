/**
 * Keeps the o= line of one end of a session. Behind it the party can change, and with it the origin of the descriptions:
 * behind an SCC AS at each transfer, and at an end whose media begin anew. To the other end it stays one session, whose
 * later descriptions must have the origin of the first one, and a version one higher when something has changed (RFC 3264
 * 8). Nothing else of a description is touched.
 */
export class Origin {
  private first: { readonly before: string; readonly version: bigint; readonly after: string } | undefined;
  private last = '';
  private increments = 0n;

  /** Returns the description as the other end has to see it. */
  of(sdp: string): string {
    const line = originLine.exec(sdp);
    // What has no origin that can be read is not made worse; the other end refuses it.
    if (line === null) return sdp;
    const [, before = '', version = '0', after = ''] = line;
    const rest = sdp.replace(originLine, '');
    if (this.first === undefined) this.first = { before, version: BigInt(version), after };
    else if (rest !== this.last) this.increments++;
    this.last = rest;
    const { first } = this;
    return sdp.replace(originLine, () => `${first.before}${first.version + this.increments}${first.after}`);
  }
}

/** The user name and id before the version, and the address behind it (RFC 8866 5.2). */
const originLine = /^(o=\S+ \d+ )(\d+)( \S+ \S+ \S+)(?=\r?$)/m;
