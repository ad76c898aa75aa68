import type { Readable } from 'node:stream';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import { LivePcap } from '../evidence/live-pcap';
import { ObservedProxy, type ProxyPlace } from '../evidence/observed-proxy';
import { ProxyRecord } from './proxy-record';

/** What a web proxy without a log of its own is seen to do. */
export class ProxyWatch extends ProxyRecord {
  private readonly observed: ObservedProxy;

  /** @param capture pcap bytes of the proxy's interface, as they come */
  constructor(capture: Readable, place: ProxyPlace) {
    super();
    this.observed = new ObservedProxy(place);
    new LivePcap(capture, 'What watches the proxy', (packet) => {
      if (this.observed.add(packet)) this.tell();
    });
  }

  get entries(): readonly ProxyLogEntry[] {
    return this.observed.entries;
  }
}
