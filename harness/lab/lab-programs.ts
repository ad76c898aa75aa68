import { openssl } from '../../nodes/openssl';
import { perl } from '../../nodes/perl';
import type { Program } from '../../nodes/program';
import { tcpdumpProgram } from '../../nodes/tcpdump';

const utilLinux = (name: string): Program => ({
  name,
  debianPackage: 'util-linux',
  version: { argv: [name, '--version'], pattern: /util-linux (\d[\w.-]*)/ },
});

/** Reads captures for `nimsfw conformance`. A lab runs without it. */
export const tshark: Program = {
  name: 'tshark',
  debianPackage: 'tshark',
  version: { argv: ['tshark', '--version'], pattern: /Wireshark\) (\d[\w.-]*)/ },
  isOptional: true,
};

/** The programs that the lab itself runs on this machine, whatever boxes stand in it. */
export const labPrograms: readonly Program[] = [
  // tcpdump makes the captures, openssl the certificates.
  tcpdumpProgram,
  openssl,
  // Starts the commands in the nodes.
  perl,
  {
    name: 'ip',
    debianPackage: 'iproute2',
    version: { argv: ['ip', '-V'], pattern: /iproute2-(\d[\w.-]*)/ },
  },
  ...['unshare', 'nsenter', 'setpriv'].map(utilLinux),
  {
    name: 'newuidmap',
    debianPackage: 'uidmap',
    version: { argv: ['newuidmap', '--version'], pattern: /(\d+\.\d[\w.-]*)/ },
    // A lab that root runs makes no user namespace.
    notForRoot: true,
  },
  {
    name: 'mn',
    debianPackage: 'mininet',
    version: { argv: ['mn', '--version'], pattern: /(\d[\w.-]*)/ },
    isOptional: true,
  },
  tshark,
];
