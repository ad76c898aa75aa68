/** ulogd's configuration file in a node's folder. */
export const ulogdFile = 'ulogd.conf';

/**
 * The command that writes what a firewall denies to stdout as text, one line a packet in the form of the kernel's own
 * netfilter log, with the rule's name first: for people, where nobody reads a pcap.
 *
 * An nflog group has one listener only, so this stands in place of `dropLogCommand`.
 */
export function deniedLogCommand(folder: string): string[] {
  return ['ulogd', '-c', `${folder}/${ulogdFile}`];
}

/** What ulogd is set up with, for the packets logged to this nflog group. */
export function ulogdConf(group: number): string {
  return `[global]
logfile="stdout"
loglevel=7
stack=denied:NFLOG,base:BASE,device:IFINDEX,address:IP2STR,text:PRINTPKT,out:LOGEMU

[denied]
group=${group}

[out]
file="/dev/stdout"
sync=1
`;
}
