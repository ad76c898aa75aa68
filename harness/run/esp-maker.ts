import { listCommand } from '../../nodes/ipsec/companion';
import { listing, type MakerName } from '../../nodes/ipsec/protocol';
import type { StartedNode } from '../lab/backend';

/** Milliseconds within which the program has to answer; it has said that it is ready. */
const withinMs = 5_000;

/** Asks the program `ipsec` of a node who makes its security associations; undefined if it does not tell. */
export async function espMakerOf(node: StartedNode): Promise<MakerName | undefined> {
  const { stdout } = await node.exec(listCommand(withinMs));
  try {
    return listing.parse((JSON.parse(stdout) as { result: unknown }).result).maker;
  } catch {
    return undefined;
  }
}
