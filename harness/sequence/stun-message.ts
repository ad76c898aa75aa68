import { readStun, type StunFacts } from '../evidence/identifiers';
import { parseMessage } from '../../nodes/ue/stun/parser';
import type { Message } from './message';

/** Most transactions that are kept; what comes later is named without them. */
const mostTransactions = 10_000;

/** Methods of TURN that carry data, or keep an allocation. */
const repeated: ReadonlySet<string> = new Set(['Send', 'Data', 'Refresh']);

/**
 * Names STUN messages. A Binding request with a USERNAME is a check of ICE (RFC 8445 7.2.2), and so is what answers it;
 * one without asks a server for the address that it sees (RFC 8489 2).
 */
export class StunNames {
  private readonly checks = new Set<string>();

  /** Reads a message; undefined if the bytes are none. */
  read(bytes: Buffer): Message | undefined {
    const [facts] = readStun(bytes);
    if (!facts) return undefined;
    const read = parseMessage(bytes);
    const { method, transaction } = facts;
    if (method === 'Binding') {
      if (facts.class === 'request' && read?.has('USERNAME') && this.checks.size < mostTransactions)
        this.checks.add(transaction);
      const isCheck = this.checks.has(transaction);
      const label =
        isCheck && read?.has('USE-CANDIDATE') ? 'Binding request, nominates' : labelOf(facts, read);
      // Checks and keep-alives are many.
      return { protocol: isCheck ? 'ice' : 'stun', label, isBulk: true };
    }
    const label = labelOf(facts, read);
    return { protocol: 'turn', label, ...(repeated.has(method) && { isBulk: true }) };
  }
}

function labelOf({ class: kind, method }: StunFacts, read: ReturnType<typeof parseMessage>): string {
  const code = kind === 'error response' ? read?.get('ERROR-CODE')?.code : undefined;
  return `${method} ${kind}${code === undefined ? '' : ` ${code}`}`;
}
