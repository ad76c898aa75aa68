import { defineBox } from '../../nodes/box';
import { firewallNode } from '../../nodes/firewall/firewall';
import { squid } from '../../nodes/proxy/squid';

const ready = 'the rules are loaded';

/** Our own firewall, played as somebody else's: it filters, and nobody reads the log of what it denies. */
export const foreignFirewall = defineBox({
  ...firewallNode,
  name: 'foreign',
  denials: 'observed',
  command: () => ['sh', '-c', `echo ${ready}; exec sleep infinity`],
  ready: () => ({ by: 'line', stream: 'stdout', text: ready }),
});

const { evidenceLog: _unread, ...unlogged } = squid;

/** squid without its log. */
export const foreignProxy = defineBox({ ...unlogged, name: 'foreign' });
