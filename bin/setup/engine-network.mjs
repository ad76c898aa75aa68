import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A Docker Engine changes the machine's network and leaves its changes there when it ends: bridges,
 * chains and rules, a FORWARD chain that drops, and forwarding. This file notes how the network was
 * before, and afterwards removes what the engine has added and nothing else. Rules that were there
 * before, or that others add meanwhile, stay.
 */

/** The note is in a folder that is emptied when the machine starts again, as the network is. */
const noteFile = '/run/nimsfw-engine-network.json';

const families = { iptables: 'ip', ip6tables: 'ip6' };
const settings = ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding'];

/**
 * Notes how the network is. If a keeper was killed, it first removes what that keeper's engine has left.
 * @returns whether this process is to restore the network: not if it is not root, nor while another keeper runs
 */
export function rememberNetwork() {
  if (process.getuid() !== 0) return false;
  if (existsSync(noteFile)) {
    const { keeper } = JSON.parse(readFileSync(noteFile, 'utf8'));
    if (startOf(keeper.pid) === keeper.start) return false;
    restoreNetwork();
  }
  const keeper = { pid: process.pid, start: startOf(process.pid) };
  writeFileSync(noteFile, JSON.stringify({ keeper, ...networkNow() }), { mode: 0o600 });
  return true;
}

/** Removes what the engine has added since the network was noted. */
export function restoreNetwork() {
  const before = JSON.parse(readFileSync(noteFile, 'utf8'));
  const bridges = engineBridges().filter((name) => !before.bridges.includes(name));
  for (const name of bridges) run('ip', ['link', 'delete', 'dev', name]);
  for (const program of Object.keys(families)) {
    const undo = undoing(before.rules[program], rulesOf(program), bridges);
    if (undo) run(`${program}-restore`, ['--noflush'], undo);
  }
  for (const table of nftTables().filter((name) => !before.tables.includes(name)))
    if (isEmptyTable(table)) run('nft', ['delete', 'table', ...table.split(' ')]);
  for (const [file, value] of Object.entries(before.settings))
    if (read(file) !== value) writeFileSync(file, value);
  rmSync(noteFile);
}

const networkNow = () => ({
  bridges: engineBridges(),
  rules: Object.fromEntries(Object.keys(families).map((program) => [program, rulesOf(program)])),
  tables: nftTables(),
  settings: Object.fromEntries(settings.filter((file) => existsSync(file)).map((file) => [file, read(file)])),
});

/** Returns the bridges whose names are those that an engine gives. */
const engineBridges = () =>
  [...run('ip', ['-o', 'link', 'show', 'type', 'bridge']).matchAll(/^\d+: (docker0|br-[0-9a-f]{12}):/gm)].map(
    ([, name]) => name,
  );

const rulesOf = (program) => run(`${program}-save`, []);

/** Returns the nftables tables that iptables shows as its own, `ip filter` and so on. */
const nftTables = () =>
  [...run('nft', ['list', 'tables']).matchAll(/^table (ip6? (?:filter|nat|raw|mangle))$/gm)].map(
    ([, name]) => name,
  );

/** Says whether a table has no rule, and no chain but those of iptables itself. */
const isEmptyTable = (table) =>
  run('nft', ['list', 'table', ...table.split(' ')])
    .split('\n')
    .every((line) => /^(table .*|\tchain [A-Z]+ \{|\t\ttype .*|\t?\}|)$/.test(line));

/**
 * Writes the input of iptables-restore that removes an engine's chains, rules and policies.
 *
 * @param before output of iptables-save before the engine started
 * @param after output of iptables-save now
 * @param bridges names of the bridges that the engine made
 */
export function undoing(before, after, bridges) {
  const known = tablesIn(before);
  const tables = Object.entries(tablesIn(after)).map(([table, now]) => {
    const was = known[table] ?? { policies: {}, chains: [], rules: [] };
    const chains = now.chains.filter((name) => name.startsWith('DOCKER') && !was.chains.includes(name));
    const isEngines = (rule) =>
      rule.split(' ').some((word) => word.startsWith('DOCKER') || bridges.includes(word));
    const added = now.rules.filter((rule) => !was.rules.includes(rule) && isEngines(rule));
    const inOwnChain = (rule) => chains.includes(rule.split(' ')[1]);
    const policies = Object.entries(now.policies).filter(
      ([chain, policy]) => (was.policies[chain] ?? 'ACCEPT') !== policy && chain === 'FORWARD',
    );
    const lines = [
      ...policies.map(([chain]) => `:${chain} ${was.policies[chain] ?? 'ACCEPT'} [0:0]`),
      ...added.filter((rule) => !inOwnChain(rule)).map((rule) => rule.replace('-A', '-D')),
      ...chains.map((name) => `-F ${name}`),
      ...chains.map((name) => `-X ${name}`),
    ];
    return lines.length === 0 ? '' : [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
  });
  return tables.join('');
}

/**
 * Reads the output of iptables-save: for each table the policies of the built-in chains,
 * the other chains, and the rules.
 */
function tablesIn(saved) {
  const tables = {};
  let table;
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = tables[line.slice(1)] = { policies: {}, chains: [], rules: [] };
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain && policy === '-') table.chains.push(chain);
    else if (chain) table.policies[chain] = policy;
    if (line.startsWith('-A ')) table.rules.push(line);
  }
  return tables;
}

/** Returns what a program prints; nothing if the program is not there. */
function run(program, args, input = '') {
  const env = {
    ...process.env,
    LC_ALL: 'C',
    PATH: `/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH ?? ''}`,
  };
  return spawnSync(program, args, { input, encoding: 'utf8', env }).stdout ?? '';
}

const read = (file) => readFileSync(file, 'utf8').trim();

/** Returns when a process started (proc(5), field 22), to tell it from a later process with the same number. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
