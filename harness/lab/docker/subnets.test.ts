import type Docker from 'dockerode';
import { thisProcess } from './owner';
import { firstTaken, takenByNetworks, takenByRoutes } from './subnets';

/** Returns the properties of a network in the engine's answer that matter here. */
const network = (
  name: string,
  subnets: readonly string[],
  labels?: Record<string, string>,
): Docker.NetworkInspectInfo =>
  ({
    Name: name,
    IPAM: { Config: subnets.map((Subnet) => ({ Subnet })) },
    ...(labels ? { Labels: labels } : {}),
  }) as unknown as Docker.NetworkInspectInfo;

const lab = ['198.19.0.0/16', '10.89.6.0/24'];

test("a network of somebody else's is named, with the way to free it", () => {
  const error = firstTaken(
    lab,
    takenByNetworks([network('bridge', ['172.17.0.0/16']), network('vpn', ['10.0.0.0/8'])]),
  );
  expect(error).toMatchObject({
    code: 'SUBNET_IN_USE',
    message:
      'the lab needs 10.89.6.0/24, but the Docker network vpn has 10.0.0.0/8; docker network rm vpn frees it, or run on --backend netns',
  });
});

test('a lab that runs is told as one', () => {
  const owned = network('nimsfw-1-transit', ['198.19.0.0/16'], { 'nimsfw.owner': thisProcess() });
  expect(firstTaken(lab, takenByNetworks([owned]))?.message).toBe(
    `the lab needs 198.19.0.0/16, but the lab of process ${process.pid} has 198.19.0.0/16; ` +
      'end it (nimsfw down, if it is the one that nimsfw up keeps), or run on --backend netns',
  );
});

test('an interface of this machine is told as one', () => {
  const text = 'tun0\t000013C6\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0';
  expect(firstTaken(lab, takenByRoutes(text))?.message).toBe(
    "the lab needs 198.19.0.0/16, but this machine's interface tun0 has 198.19.0.0/16; take tun0 down if it is a leftover, or run on --backend netns",
  );
});

test('what is elsewhere, has no subnet, or is IPv6 is not in the way', () => {
  const networks = [
    network('bridge', ['172.17.0.0/16', 'fd00::/64']),
    network('neighbour', ['10.89.7.0/24']),
    { Name: 'host', IPAM: { Config: null } } as unknown as Docker.NetworkInspectInfo,
    network('none', []),
  ];
  expect(firstTaken(lab, takenByNetworks(networks))).toBeUndefined();
});
