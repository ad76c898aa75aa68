/** ulogd's configuration file in a node's folder. */
export const ulogdFile = 'ulogd.conf';

/**
 * Returns the command that writes the packets that a firewall denies to stdout as text for people. Each packet is
 * one line in the form of the kernel's own netfilter log, with the rule's name first.
 *
 * An nflog group has only one listener, so this command replaces `dropLogCommand`.
 */
export function deniedLogCommand(folder: string): string[] {
  return ['ulogd', '-c', `${folder}/${ulogdFile}`];
}

/** Returns ulogd's configuration for the packets that are logged to this nflog group. */
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
