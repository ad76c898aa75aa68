import type { Buffer as Bytes } from 'node:buffer';
import type { Finding } from '../../../../firewalls/inspection';
import { Inspector } from '../inspector';
import { ack, packet, syn, type PacketOptions } from './tls-stream';

export type Side = 'client' | 'server';

const at = { client: ['10.89.9.3', 40000], server: ['198.19.0.10', 443] } as const;

/** Bytes of one side's stream. */
export interface Piece {
  readonly side: Side;
  readonly start: number;
  readonly bytes: Bytes;
}

/** A TCP connection in front of an inspector. Its segments are given by offsets in its streams. */
export class Conversation {
  readonly inspector = new Inspector();

  /** @param first sequence numbers of each side's first byte */
  constructor(private readonly first: Readonly<Record<Side, number>> = { client: 1000, server: 2000 }) {}

  /** Sends the server's SYN/ACK. */
  open(): Finding | undefined {
    return this.send('server', {
      sequence: this.first.server - 1,
      acknowledgement: this.first.client,
      flags: syn | ack,
    });
  }

  /** Sends a piece. @param acknowledged number of bytes of the other side's stream that the sender acknowledges */
  piece({ side, start, bytes }: Piece, acknowledged = 0): Finding | undefined {
    const other = side === 'client' ? 'server' : 'client';
    return this.send(side, {
      sequence: this.first[side] + start,
      acknowledgement: this.first[other] + acknowledged,
      data: bytes,
    });
  }

  /** Sends pieces of a stream one after the other, in order. */
  pieces(side: Side, start: number, all: readonly Bytes[]): (Finding | undefined)[] {
    return all.map((bytes) => {
      const said = this.piece({ side, start, bytes });
      start += bytes.length;
      return said;
    });
  }

  send(side: Side, options: Omit<PacketOptions, 'from' | 'to'>): Finding | undefined {
    const other = side === 'client' ? 'server' : 'client';
    return this.inspector.inspect(packet({ from: at[side], to: at[other], ...options }));
  }
}
