import type { PageNodeKind } from '../data';

const names: Readonly<Record<PageNodeKind, string>> = {
  ue: 'UE',
  proxy: 'web proxy',
  firewall: 'firewall',
  pcscf: 'P-CSCF',
  turn: 'TURN server',
  core: 'IMS core',
  peer: 'peer',
  other: '',
};

/** What a node is, for a reader; empty if only its id tells. */
export const kindName = (kind: PageNodeKind): string => names[kind];
