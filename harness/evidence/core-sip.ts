import { isIPv4 } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { parametersOf } from '../../kit/sip-fields';
import { sameEndpoint } from '../../kit/endpoint';
import type { Endpoint } from '../../nodes/ue/protocol';
import { LivePcap } from './live-pcap';
import { packetOf } from './packet';
import type { CapturedPacket } from './pcap';
import { readSipHead, type SipHead } from './sip-head';

/** A SIP message between the P-CSCF and the IMS core. */
interface CoreMessage {
  /** Number of its packet in the capture, from 1. */
  readonly frame: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Says whether the P-CSCF sent it. */
  readonly isOfPcscf: boolean;
  readonly head: SipHead;
  readonly branch: string | undefined;
}

/** A packet of the capture of the core. */
export type CoreFrame = Pick<CoreMessage, 'frame' | 'at'>;

/** The addresses of a UE, as the P-CSCF wrote them into the UE's Via when it passed a request on (RFC 3261 18.2.1, RFC 3581). */
export interface Translation {
  /** The address that the UE itself wrote there: its own. */
  readonly inside: Endpoint;
  /** The address that the P-CSCF saw the request come from. */
  readonly outside: Endpoint;
  /** Branch of the UE's Via. It is in the same request on the other side of the firewall too. */
  readonly branch: string;
}

/** A request of the core that the P-CSCF could not bring to a UE. */
export interface Undelivered {
  readonly method: string;
  /** The Request-URI: the UE's Contact. */
  readonly target: string;
  readonly callId: string;
  /** Status code and reason phrase of the P-CSCF's final response. */
  readonly answer: string;
  readonly requestFrame: CoreFrame;
  readonly answerFrame: CoreFrame;
  readonly translation: Translation;
}

/**
 * Reads the SIP between the P-CSCF and the IMS core from a running capture. It keeps every message, so that a late
 * reader sees the same as an early one.
 */
export class CoreSip {
  private readonly pcap: LivePcap;
  private readonly dialogs = new Map<string, CoreMessage[]>();
  private readonly listeners = new Set<() => void>();

  /**
   * @param stream pcap bytes of the P-CSCF's interface to the core
   * @param pcscf the P-CSCF's address there
   * @param file receives a copy of the stream in whole records, and is ended by {@link close}
   */
  constructor(
    stream: Readable,
    private readonly pcscf: string,
    file?: Writable,
  ) {
    this.pcap = new LivePcap(stream, 'The capture of the core', (packet) => this.take(packet), file);
  }

  /** See {@link LivePcap.ready}: no message is missed after it. */
  get ready(): Promise<void> {
    return this.pcap.ready;
  }

  /** Calls `listener` after every message from now on. The returned function ends that. */
  onMessage(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Keeps no more messages; resolves when the file has all that were kept. */
  close(): Promise<void> {
    return this.pcap.close();
  }

  /**
   * Returns the requests with one of these Call-IDs that the P-CSCF could not bring to a UE behind an address
   * translation: the core sent them to the UE's own address, which means nothing on the P-CSCF's side, and the P-CSCF
   * answered them itself that they failed. A request that is to go back over a flow (RFC 5626) is none of them: its
   * route has the token of that flow, and its answer may be the UE's.
   */
  undelivered(callIds: readonly string[]): Undelivered[] {
    return callIds.flatMap((callId) => {
      const messages = this.dialogs.get(callId) ?? [];
      const translation = messages.map(translationIn).find((found) => found !== undefined);
      if (!translation) return [];
      return messages.flatMap((asked) => {
        const answer = messages.find((one) => isFailureOf(asked, one));
        const { request } = asked.head;
        if (asked.isOfPcscf || !request || !answer || hasFlowToken(asked.head)) return [];
        if (!isAt(request.uri, translation.inside)) return [];
        const { code, reason } = answer.head.status!;
        return [
          {
            method: request.method,
            target: request.uri,
            callId,
            answer: `${code} ${reason}`.trim(),
            requestFrame: { frame: asked.frame, at: asked.at },
            answerFrame: { frame: answer.frame, at: answer.at },
            translation,
          },
        ];
      });
    });
  }

  private take(captured: CapturedPacket): void {
    const packet = packetOf(captured);
    const head = packet?.protocol === 'udp' ? readSipHead(packet.payload) : undefined;
    const [callId] = head?.all('call-id') ?? [];
    if (!packet || !head || callId === undefined) return;
    const { frame, at } = captured;
    const branch = parametersOf(head.all('via')[0] ?? '').get('branch');
    const messages = this.dialogs.get(callId) ?? [];
    this.dialogs.set(callId, messages);
    messages.push({ frame, at, isOfPcscf: packet.src === this.pcscf, head, branch });
    for (const listener of [...this.listeners]) listener();
  }
}

/** Says whether the P-CSCF refused the request with this message. */
function isFailureOf(asked: CoreMessage, { isOfPcscf, head: { status }, branch }: CoreMessage): boolean {
  return (
    isOfPcscf && status !== undefined && status.code >= 300 && branch !== undefined && branch === asked.branch
  );
}

/** Returns the translation that a request of a UE shows, which the P-CSCF has passed on; undefined if it shows none. */
function translationIn({ isOfPcscf, head }: CoreMessage): Translation | undefined {
  const via = head.all('via');
  // The topmost one is the P-CSCF's own.
  const own = isOfPcscf && head.request && via.length > 1 ? via.at(-1) : undefined;
  const [, host, port = '5060'] =
    /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^:;\s]+)(?::(\d+))?/i.exec(own ?? '') ?? [];
  const parameters = parametersOf(own ?? '');
  const branch = parameters.get('branch');
  if (own === undefined || host === undefined || !isIPv4(host) || branch === undefined) return undefined;
  const inside = { ip: host, port: Number(port) };
  // RFC 3261 18.2.1: without `received` the address in the Via is where it came from.
  const outside = {
    ip: parameters.get('received') ?? host,
    port: Number(parameters.get('rport') || port),
  };
  return sameEndpoint(inside, outside) ? undefined : { inside, outside, branch };
}

/** Says whether the topmost Route has a user part, in which an edge proxy keeps the token of a flow (RFC 5626 5.2). */
function hasFlowToken(head: SipHead): boolean {
  return /^<?sips?:[^@>]+@/i.test(head.all('route')[0] ?? '');
}

function isAt(uri: string, { ip, port }: Endpoint): boolean {
  const [, host, given = '5060'] = /^sips?:(?:[^@]*@)?([^:;?>]+)(?::(\d+))?/i.exec(uri) ?? [];
  return host === ip && Number(given) === port;
}
