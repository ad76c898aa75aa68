import { spiText } from '../../kit/spi';

const mostKinds = 256;

/**
 * Tells of dropped packets in a bounded number of lines: the first of each SPI and kind, and then at 10, 100, 1000, ...
 * of them how many there were. More SPIs and kinds than it can tell apart are only said to be there.
 */
export class DropLog {
  private readonly counts = new Map<string, number>();
  private isFull = false;

  constructor(private readonly note: (line: string) => void) {}

  /**
   * @param what the packet, such as `ESP with SPI 0x00000101 from 10.0.0.2`
   * @param kind why it was dropped
   * @param detail what is particular about this one packet, such as its sequence number
   */
  dropped(what: string, kind: string, detail = ''): void {
    const key = `${what}: ${kind}`;
    if (!this.counts.has(key) && this.counts.size >= mostKinds) {
      if (!this.isFull) this.note('ipsec: dropped packets of more kinds, which are not told one by one');
      this.isFull = true;
      return;
    }
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    if (count === 1) this.note(`ipsec: dropped ${key}${detail && ` (${detail})`}`);
    else if (/^10+$/.test(String(count))) this.note(`ipsec: dropped ${key} (${count} so far)`);
  }
}

/** Names an ESP packet in a line. */
export const espText = (spi: number, source: string): string => `ESP with SPI ${spiText(spi)} from ${source}`;
