import type { Flow } from '../../nodes/ue/protocol';
import type { Hopeless } from '../evidence/drop-watch';
import { ObservedPatience } from './observed-patience';

const server = { ip: '198.19.0.10', port: 443 };
const peer = { ip: '198.19.0.40', port: 32_799 };
const local = { ip: '10.89.4.2', port: 45_350 };
const signalling: Flow = { attempt: 'a', at: 1000, protocol: 'tcp', local, remote: server };

/** A packet that the firewall has denied; without a flow only an identifier ties it to the attempt. */
function denied(protocol: 'tcp' | 'udp', remote: typeof server, at: number, flow?: Flow): Hopeless {
  const packet = { protocol, src: local.ip, sport: local.port, dst: remote.ip, dport: remote.port };
  const match = flow ? { matchedBy: 'five-tuple', flow } : { matchedBy: 'stun-transaction' };
  return { drop: { at, packet }, match } as unknown as Hopeless;
}

function patience(first = signalling): { readonly of: ObservedPatience; readonly told: jest.Mock } {
  const told = jest.fn();
  const of = new ObservedPatience(
    {
      leadsToServer: ({ remote }) => remote.ip === server.ip,
      isOfRung: ({ remote }) => remote.port === server.port,
    },
    told,
  );
  of.addFlow(first);
  return { of, told };
}

it('nothing is left when the only way to the server is refused, and used again', () => {
  const { of, told } = patience();
  of.addDrop(denied('tcp', server, 1010, signalling));
  expect(told).not.toHaveBeenCalled();
  of.addDrop(denied('tcp', server, 2010, signalling));
  expect(told).toHaveBeenCalledTimes(1);
});

it('a packet to the server that only an identifier ties to the attempt counts for the latest way there', () => {
  const { of, told } = patience();
  of.addDrop(denied('tcp', server, 1010));
  of.addDrop(denied('tcp', server, 2010));
  expect(told).toHaveBeenCalledTimes(1);
});

it('checks of ICE that are denied before their socket is known say nothing of the signalling', () => {
  const { of, told } = patience();
  for (const at of [1010, 1060, 1160]) of.addDrop(denied('udp', peer, at));
  expect(told).not.toHaveBeenCalled();
});

it('a phone that has not tried the rung yet may come to it', () => {
  const other = { ...signalling, remote: { ...server, port: 5061 } };
  const { of, told } = patience(other);
  for (const at of [1010, 2010, 4010]) of.addDrop(denied('tcp', other.remote, at, other));
  expect(told).not.toHaveBeenCalled();
});
