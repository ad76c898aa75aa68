import { createInterface } from 'node:readline';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import type { FollowedLog } from '../lab/box-runner';
import { ProxyRecord } from './proxy-record';

/** The proxy's log as it grows. */
export class ProxyLog extends ProxyRecord {
  readonly entries: ProxyLogEntry[] = [];

  constructor({ process, format }: FollowedLog) {
    super();
    createInterface({ input: process.stdout }).on('line', (line) => {
      const entry = format.read(line);
      if (!entry) return;
      this.entries.push(entry);
      this.tell();
    });
  }
}
