import { queueRules } from '../../firewalls/inspection';
import type { Trial } from '../program';
import { quoted } from '../shell-word';
import { forgetTrial } from './forget-bindings';
import { inspectorCommand, listening } from './inspector/command';

/** Tries a deny rule with a payload match, and a log that tcpdump reads. */
const logTrial = `ip link set lo up
nft -f - <<RULES
table inet doctor {
  chain denied {
    type filter hook output priority 0; policy accept;
    udp dport 9 @ih,0,8 0x17 counter log prefix "doctor" group 5 queue-threshold 1 drop
  }
}
RULES
timeout 8 tcpdump -Z root -i nflog:5 -c 1 -w - >/dev/null &
reader=$!
while kill -0 $reader 2>/dev/null; do bash -c 'printf "\\\\x17" >/dev/udp/127.0.0.1/9' 2>/dev/null || :; done
wait $reader`;

/**
 * Loads the rules that queue packets of port 443, and runs the inspector until it says that
 * the kernel gives it the queue.
 */
const queueTrial = `iptables-nft-restore <<RULES
${queueRules}RULES
{ timeout 8 ${inspectorCommand().map(quoted).join(' ')} & } | grep -q ${quoted(listening)}`;

/** The trials of what a firewall needs of a machine. */
export const firewallTrials: readonly Trial[] = [
  {
    id: 'firewall-rules',
    level: 'required',
    script: logTrial,
    works: 'nftables matches payload (@ih) and logs to nflog, and tcpdump reads it',
    fails: 'nftables with payload matches (@ih) and nflog, or tcpdump on it, does not work',
    remedy: 'it takes Linux 5.16, nftables 1.0.1 and the module nfnetlink_log (modprobe it as root)',
  },
  {
    id: 'inspection',
    level: 'required',
    script: queueTrial,
    works: 'packets can be queued to the inspector of a firewall that reads payload (type 9)',
    fails: 'no packets can be queued to the inspector of a firewall that reads payload (type 9)',
    remedy:
      'as root: modprobe -a nfnetlink_queue xt_NFQUEUE xt_conntrack xt_connmark, where the kernel has them; the other firewalls run without',
  },
  forgetTrial,
];
