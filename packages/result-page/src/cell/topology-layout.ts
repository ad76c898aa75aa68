import type { PageHop } from '../data';

/**
 * Where the nodes of a lab stand in the picture: the access network on the left, the firewall, the transit network as a line
 * from top to bottom, and what is reached by it on the right, the IMS core behind the P-CSCF.
 */
export interface TopologyLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodeLayout[];
  readonly wires: readonly WireLayout[];
  readonly transit: { readonly x: number; readonly from: number; readonly to: number };
  /** The way of the attempt, in the order in which its packets went; all of it if nothing shows where it ended. */
  readonly path: readonly Point[];
  /** Where the attempt ended, if that is known. */
  readonly end?: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface NodeLayout extends Point {
  readonly hop: PageHop;
  readonly isOnPath: boolean;
}

export interface WireLayout {
  readonly from: Point;
  readonly to: Point;
}

const nodeWidth = 104;
export const nodeSize = { width: nodeWidth, height: 44 };
const step = nodeWidth + 46;
const rowStep = 66;
const top = 36;

/** What stands in every lab, if the path does not name it. */
const servers: readonly PageHop[] = [
  { id: 'pcscf', kind: 'pcscf' },
  { id: 'turn', kind: 'turn' },
  { id: 'peer', kind: 'peer' },
];
const core: PageHop = { id: 'ims-core', kind: 'core' };

const isAccess = ({ kind }: PageHop): boolean => kind === 'ue' || kind === 'proxy' || kind === 'firewall';
const isBehind = ({ kind }: PageHop): boolean => kind === 'core' || kind === 'other';

/**
 * Lays the picture of one attempt.
 * @param path the nodes that its packets pass, from the UE on
 * @param endedAt index in the path of the node where it ended; missing if nothing shows where
 */
export function layTopology(path: readonly PageHop[], endedAt?: number): TopologyLayout {
  const access = unique(path.filter(isAccess));
  const onTransit = withOthers(
    servers,
    path.filter((hop) => !isAccess(hop) && !isBehind(hop)),
  );
  const behind = withOthers([core], path.filter(isBehind));
  const middle = top + ((onTransit.length - 1) * rowStep) / 2;
  const transitX = 8 + access.length * step + 8;
  const serverX = transitX + step / 2 + 26;
  const rowOf = (index: number): number => top + index * rowStep;
  const places = new Map<string, Point>([
    ...access.map((hop, index) => [hop.id, { x: 8 + nodeWidth / 2 + index * step, y: middle }] as const),
    ...onTransit.map((hop, index) => [hop.id, { x: serverX, y: rowOf(index) }] as const),
    ...behind.map((hop, index) => [hop.id, { x: serverX + step, y: rowOf(index) }] as const),
  ]);
  const transitAt = (y: number): Point => ({ x: transitX, y });
  const hops = [...access, ...onTransit, ...behind];
  const onPath = new Set(path.map(({ id }) => id));
  const reached = path.slice(0, endedAt === undefined ? undefined : endedAt + 1);
  return {
    width: serverX + step + nodeWidth / 2 + 8,
    height: rowOf(Math.max(onTransit.length, behind.length) - 1) + top + 4,
    nodes: hops.map((hop) => ({ hop, ...places.get(hop.id)!, isOnPath: onPath.has(hop.id) })),
    wires: [
      ...access.map((hop, index) => ({
        from: places.get(hop.id)!,
        to: access[index + 1] ? places.get(access[index + 1]!.id)! : transitAt(middle),
      })),
      ...onTransit.map(({ id }) => ({ from: transitAt(places.get(id)!.y), to: places.get(id)! })),
      ...behind.map(({ id }) => ({ from: places.get(onTransit[0]!.id)!, to: places.get(id)! })),
    ],
    transit: { x: transitX, from: rowOf(0) - 18, to: rowOf(onTransit.length - 1) + 18 },
    path: reached.flatMap((hop, index) => {
      const place = places.get(hop.id)!;
      const before = reached[index - 1];
      if (!before || isBehind(hop) || (isAccess(before) && isAccess(hop))) return [place];
      return [transitAt(places.get(before.id)!.y), transitAt(place.y), place];
    }),
    end: endedAt === undefined ? undefined : places.get(path[endedAt]?.id ?? ''),
  };
}

/** The nodes of every lab, each replaced by those of its kind that the path names. */
function withOthers(standing: readonly PageHop[], named: readonly PageHop[]): PageHop[] {
  const kinds = new Set(standing.map(({ kind }) => kind));
  return unique([
    ...standing.flatMap((hop) => {
      const same = named.filter(({ kind }) => kind === hop.kind);
      return same.length > 0 ? same : [hop];
    }),
    ...named.filter(({ kind }) => !kinds.has(kind)),
  ]);
}

const unique = (hops: readonly PageHop[]): PageHop[] => [
  ...new Map(hops.map((hop) => [hop.id, hop])).values(),
];
