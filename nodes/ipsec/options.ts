import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import { makerNames, type MakerName } from './protocol';

/** How the program is called. */
export interface Options {
  readonly addresses: readonly string[];
  /** The Unix socket at which it listens. */
  readonly socket: string;
  /** Who makes the SAs; by default the kernel if it can, else user space. */
  readonly maker: MakerName | undefined;
}

const usage = 'usage: ipsec --address IPV4 [--address IPV4 ...] --socket FILE [--maker kernel|userspace]';

/** Reads the arguments. @throws Error with one line */
export function readOptions(args: readonly string[]): Options {
  const { address, socket, maker } = parsed(args);
  if (!address || address.length === 0 || !socket) throw new Error(usage);
  const wrong = address.find((one) => !isIPv4(one));
  if (wrong !== undefined) throw new Error(`--address ${wrong} is no IPv4 address; ${usage}`);
  const known = makerNames.find((name) => name === maker);
  if (maker !== undefined && !known) throw new Error(`there is no maker ${maker}; ${usage}`);
  return { addresses: [...new Set(address)], socket, maker: known };
}

function parsed(args: readonly string[]): { address?: string[]; socket?: string; maker?: string } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        address: { type: 'string', multiple: true },
        socket: { type: 'string' },
        maker: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message.split('\n')[0]}; ${usage}`);
  }
}
