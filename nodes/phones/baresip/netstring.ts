/** Most bytes of one netstring; what baresip's control interface says is far shorter. */
export const longestNetstring = 1024 * 1024;

/** Writes a netstring, such as `5:hello,`. */
export const writeNetstring = (text: string): string => `${Buffer.byteLength(text)}:${text},`;

/** Reads netstrings from a stream that may be cut into chunks anywhere. */
export class NetstringReader {
  private buffer: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes.
   * @returns the texts that they complete
   * @throws Error if the bytes are no netstrings
   */
  push(chunk: Buffer): string[] {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const texts: string[] = [];
    for (;;) {
      const head = /^(\d{1,7}):/.exec(this.buffer.toString('latin1', 0, 8));
      if (!head) {
        if (!/^\d{0,7}$/.test(this.buffer.toString('latin1', 0, 8)))
          throw new Error('a netstring begins with its length');
        return texts;
      }
      const [{ length: begin }, digits] = [head[0], head[1]];
      const stop = begin + Number(digits);
      if (Number(digits) > longestNetstring) throw new Error(`a netstring of ${digits} bytes`);
      if (this.buffer.length <= stop) return texts;
      if (this.buffer[stop] !== 0x2c) throw new Error('a netstring ends with a comma');
      texts.push(this.buffer.toString('utf8', begin, stop));
      this.buffer = this.buffer.subarray(stop + 1);
    }
  }
}
