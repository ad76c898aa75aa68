import type { Program, ProgramPart } from './program';

export const kamailio: Program = {
  name: 'kamailio',
  debianPackage: 'kamailio',
  product: 'kamailio',
  version: { argv: ['kamailio', '-v'], pattern: /kamailio (\d[\w.-]*)/ },
};

/**
 * Describes a module of Kamailio that has a Debian package of its own.
 * @param name as in the package's name
 * @param module the module's own name, where it is another
 */
export const kamailioModule = (name: string, module = name): ProgramPart => ({
  id: 'kamailio-modules',
  works: module,
  name: `Kamailio's module ${module}`,
  debianPackage: `kamailio-${name}-modules`,
  file: `${module}.so`,
  folders: [
    ...['/usr/lib64/kamailio/modules', '/usr/lib/kamailio/modules', '/usr/local/lib64/kamailio/modules'],
    '/usr/lib/*/kamailio/modules',
  ],
});

/**
 * Returns the command that runs Kamailio in a node. It runs in the foreground, writes only to the node's folder,
 * and has 512 MiB of shared memory and 8 MiB for each process. Shared memory costs nothing until it is used, and without any left
 * Kamailio refuses requests or dies: each transaction takes more than 40 KiB until it is answered, for 32 s where the UE is gone.
 * @param script name of the file in that folder that it runs
 */
export function kamailioCommand(folder: string, script = 'kamailio.cfg'): string[] {
  return [
    'kamailio',
    '-DD',
    '-E',
    '-m',
    '512',
    '-M',
    '8',
    '-f',
    `${folder}/${script}`,
    '-Y',
    folder,
    '-w',
    folder,
  ];
}

/** The first lines of every Kamailio configuration of the lab. */
export const kamailioGlobals = `#!KAMAILIO
debug=1
log_stderror=yes
children=2
auto_aliases=no
dns=no
rev_dns=no
dns_try_naptr=no
server_header="Server: nimsfw-lab"
user_agent_header="User-Agent: nimsfw-lab"
sip_warning=off
`;
