import { debianPackages } from './debian-packages';

test('what the lab and its boxes run, each package once, and what is known of it where there is no dpkg', () => {
  expect(debianPackages().map(({ name, program = '' }) => `${name} ${program}`.trim())).toEqual([
    'tcpdump tcpdump',
    'openssl openssl',
    'perl-base perl',
    'iproute2 ip',
    'util-linux unshare',
    'uidmap newuidmap',
    'kamailio kamailio',
    'coturn turnserver',
    'nftables nft',
    'iptables iptables-nft',
    'squid-openssl squid',
    'kamailio-tls-modules',
    'kamailio-outbound-modules',
    'kamailio-websocket-modules',
    'kamailio-perl-modules',
    'kamailio-ims-modules',
    'kamailio-presence-modules',
  ]);
});
