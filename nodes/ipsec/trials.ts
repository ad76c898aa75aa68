import { programFile } from '../installation';
import type { Trial } from '../program';
import { quoted } from '../shell-word';
import { readyText } from './protocol';

const command = [process.execPath, programFile('ipsec'), '--address', '127.0.0.1', '--socket'];

/**
 * Runs `ipsec` until it says who makes security associations here. It has no folder that it may write to, so it gets a
 * tmpfs for its socket.
 */
const script = `ip link set lo up
mount -t tmpfs tmpfs /run
${command.map(quoted).join(' ')} /run/ipsec.sock >/run/said 2>&1 &
ipsec=$!
tries=400
until grep -q ready /run/said || [ $((tries -= 1)) -eq 0 ] || ! kill -0 $ipsec 2>/dev/null; do sleep 0.02; done
cat /run/said
grep -q ready /run/said
kill $ipsec
wait $ipsec`;

/** The trial of ESP, for AKA with IPsec. */
export const ipsecTrial: Trial = {
  id: 'esp',
  level: 'required',
  script,
  works: (said) =>
    said === readyText('kernel') ? 'ESP: by the kernel' : 'ESP: user space (this kernel has none)',
  fails: 'ESP works neither in the kernel nor in user space',
  remedy: 'it takes Linux 4.17 (ip rules with ports) and, in a container, CAP_NET_ADMIN and CAP_NET_RAW',
};
