import type { PageHop } from 'nimsfw-result-page';
import { isByConnect } from '../../../ladder';
import type { AttemptResult, CellResult } from '../../judge/result';

/** Returns the nodes that the packets of an attempt pass to its server, from the UE on. */
export function pathOf(attempt: AttemptResult, { firewall }: CellResult): PageHop[] {
  const network = attempt.at ?? firewall;
  const isProxied = isByConnect(attempt) || attempt.sockets.some(({ connect }) => connect !== undefined);
  return [
    { id: `ue-${network}`, kind: 'ue' },
    ...(isProxied ? [{ id: `proxy-${network}`, kind: 'proxy' as const }] : []),
    { id: `fw-${network}`, kind: 'firewall' },
    { id: attempt.server, kind: attempt.server },
  ];
}

/**
 * Returns the index of the node at which an attempt ended: the server of one that got through, and the node that refused
 * one that was blocked. Of any other end nothing shows where it was.
 */
export function endedAt({ verdict, evidence }: AttemptResult, path: readonly PageHop[]): number | undefined {
  if (verdict === 'passed') return path.length - 1;
  if (verdict !== 'blocked') return undefined;
  const refused = evidence.flatMap((item): string[] => {
    switch (item.kind) {
      case 'drop':
      case 'vanished':
        return item.decisive ? [item.firewall] : [];
      case 'proxy-refusal':
      case 'proxy-resigned':
        return [item.proxy];
      case 'translation':
      case 'checksum':
        return path.slice(-1).map(({ id }) => id);
      default:
        return [];
    }
  });
  const index = path.findIndex(({ id }) => refused.includes(id));
  return index < 0 ? undefined : index;
}
