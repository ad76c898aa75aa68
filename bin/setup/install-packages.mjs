/**
 * Installs Debian packages without letting their daemons start, now or at the next boot. Runs as root:
 *
 *   node install-packages.mjs SYSTEM-ROOT PACKAGE...
 *
 * Installing kamailio, coturn and squid normally starts them at once and enables them. A lab starts its own, so on a
 * user's machine that would only open ports. `policy-rc.d` is Debian's way to forbid the start. Enabling cannot be
 * forbidden (deb-systemd-helper knows no presets), so each newly enabled service is disabled again.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, run, signals } from './programs.mjs';

const [systemRoot, ...packages] = process.argv.slice(2);
const folders = (process.env.PATH ?? '').split(':');
const policyFile = join(systemRoot, 'usr/sbin/policy-rc.d');
const mark = 'written by the setup of nimsfw-lab';
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

// A signal that comes between two programs must not end this process before the policy file is removed.
let interrupted;
for (const [signal, status] of Object.entries(signals)) process.on(signal, () => (interrupted = status));

process.exitCode = await install();

async function install() {
  const enabledBefore = enabledUnits();
  const ours = forbidStarts();
  try {
    const update = await aptGet('update', '-q');
    if (interrupted) return interrupted;
    // If the update failed, the lists of an earlier one may do. `--no-remove` keeps all that the user has installed.
    const result = await aptGet('install', '-q', '-y', '--no-install-recommends', '--no-remove', ...packages);
    if (interrupted) return interrupted;
    if (result.exitCode !== 0)
      process.stdout.write((update.exitCode === 0 ? '' : update.output) + result.output);
    return result.exitCode;
  } finally {
    await disable([...enabledUnits()].filter((unit) => !enabledBefore.has(unit)));
    if (ours) rmSync(policyFile, { force: true });
  }
}

function aptGet(...args) {
  // Another apt may be at work, as on a machine that has just booted.
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { env });
}

/** @returns whether this process has to remove the file; a policy that the machine already has stays as it is. */
function forbidStarts() {
  if (existsSync(policyFile)) {
    const left = readFileSync(policyFile, 'utf8');
    if (!left.includes(mark)) return false;
    rmSync(policyFile);
  }
  // If this process is killed, the script removes itself the next time that it is run.
  const script = `#!/bin/sh\n# ${mark}: no daemon starts while it installs packages\n[ -d /proc/${process.pid} ] && exit 101\nrm -f "$0"\nexit 0\n`;
  writeFileSync(policyFile, script, { mode: 0o755, flag: 'wx' });
  return true;
}

/**
 * Returns the units that start at boot: systemd's links (of sockets too, since they
 * start a service), and init scripts.
 */
function enabledUnits() {
  const units = new Set();
  const systemd = join(systemRoot, 'etc/systemd/system');
  for (const folder of list(systemd).filter((name) => name.endsWith('.wants')))
    for (const unit of list(join(systemd, folder))) if (/\.(?:service|socket)$/.test(unit)) units.add(unit);
  for (const level of ['rc2.d', 'rc3.d', 'rc4.d', 'rc5.d']) {
    for (const link of list(join(systemRoot, 'etc', level))) {
      const name = /^S\d\d(.+)$/.exec(link)?.[1];
      if (name) units.add(`${name}.service`);
    }
  }
  return units;
}

async function disable(units) {
  // systemctl works without a running systemd too, and passes init scripts on to update-rc.d.
  const systemctl = findProgram('systemctl', folders);
  const updateRc = findProgram('update-rc.d', folders);
  for (const unit of units) {
    if (systemctl) await run(systemctl, ['disable', unit], { env });
    else if (updateRc && unit.endsWith('.service'))
      await run(updateRc, [unit.slice(0, -'.service'.length), 'disable'], { env });
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
