import { fork, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Firewall } from '../../firewalls/catalogue';
import { isByConnect, registrationRungs, suiteIds } from '../../ladder';
import { builtInBoxes } from '../../nodes';
import { Boxes } from '../../nodes/box';
import { programFile } from '../../nodes/installation';
import { ueNode } from '../../nodes/ue/ue-node';
import { watchCommand } from '../../nodes/tcpdump';
import type { Backend, Removed } from '../lab/backend';
import { backendCalled, backends } from '../lab/backends';
import { LabError, noticeLine } from '../lab/lab-error';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { boxesCalled } from '../plan/lab-file/named-box';
import { addBoxOptions, boxChoicesIn, refuseImageVariables } from './box-options';
import { loadCatalogue } from './catalogue-option';
import { endingSignals } from '../../kit/ending-signals';
import { interruption } from './interruption';
import type { KeepAnswer, KeepOrder } from './keeper';
import { describeLab, logsOf, nodeOf, runIn } from './lab-client';
import type { NodeDescription } from './lab-description';
import { requireLab } from '../run/require-lab';
import { findDockerRemains, remainsText, removeRemainsCommand } from '../machine/remains';

/**
 * Adds `nimsfw up` and the commands for the lab that it keeps: `ps`, `exec`, `shell`, `capture`, `logs`,
 * `down`.
 */
export function addLabCommands(program: Command): void {
  const start = program
    .command('up')
    .description('start a lab and keep it running in the background')
    .option('--firewall <ids>', 'for example 6,8; all of the catalogue by default')
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .option('--backend <name>', 'what the lab runs on: netns (namespaces) or docker', 'netns');
  addBoxOptions(start);
  start.action(async (flags: UpFlags) => {
    refuseImageVariables(process.env);
    const { name: backend } = backendCalled(flags.backend);
    const catalogue = loadCatalogue(flags.catalogue);
    const firewalls = chooseFirewalls(catalogue, flags.firewall);
    await up({ backend, catalogue, firewalls, choices: boxChoicesIn(flags), folder: process.cwd() });
  });

  program
    .command('ps')
    .description('list the nodes of the running lab, and what killed runs have left in Docker')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean }) => {
      for (const left of (await findDockerRemains()) ?? [])
        console.error(
          noticeLine('DOCKER_REMAINS', `${remainsText(left)}; ${removeRemainsCommand} removes it`),
        );
      const nodes = (await describeLab()).nodes.map(withoutFolder);
      console.log(flags.json ? JSON.stringify(nodes, null, 2) : tableOf(nodes));
    });

  program
    .command('exec')
    .description('run a command in a node: nimsfw exec ue-6 -- openssl s_client ...')
    .argument('<node>')
    .argument('<command...>')
    .passThroughOptions()
    .action(async (id: string, argv: string[]) => {
      const lab = await describeLab();
      // `--` ends the options of nimsfw and is no part of the command.
      const command = argv[0] === '--' ? argv.slice(1) : argv;
      process.exitCode = await runIn(lab, nodeOf(lab, id), command);
    });

  program
    .command('shell')
    .description('open a shell in a node')
    .argument('<node>')
    .action(async (id: string) => {
      const lab = await describeLab();
      const shell = ['env', `PS1=${id}:\\w\\$ `, 'bash', '--norc'];
      process.exitCode = await runIn(lab, nodeOf(lab, id), shell);
    });

  program
    .command('capture')
    .description(
      'capture what passes a link until Ctrl-C; a link is a node, or node:network, for example fw-6:transit',
    )
    .argument('<link>')
    .requiredOption('-w, --write <file>', 'pcap file to write; - for standard output')
    .action(async (link: string, flags: { write: string }) => {
      process.exitCode = await capture(link, flags.write);
    });

  program
    .command('logs')
    .description("show what a node wrote; a firewall's log names every packet that it denied, and the rule")
    .argument('<node>')
    .option('-f, --follow', 'go on as it comes, until Ctrl-C')
    .action(async (id: string, flags: { follow?: boolean }) => {
      const { id: node } = nodeOf(await describeLab(), id);
      const log = await logsOf(node, flags.follow ?? false);
      // The reader may close the pipe.
      process.stdout.once('error', () => log.destroy());
      await new Promise((resolve) => log.once('close', resolve).pipe(process.stdout));
    });

  program
    .command('down')
    .description('end the running lab')
    .option('--all', 'and remove what killed runs have left in Docker')
    .action(async (flags: { all?: boolean }) => {
      if (flags.all) return downAll();
      await down();
      console.log('The lab is down.');
    });
}

type UpFlags = { firewall?: string; catalogue?: string; backend: string } & Readonly<Record<string, unknown>>;

/** The attempt by which a box is asked what it cannot do behind a firewall. A run asks for each of its own. */
const anyAttempt = { action: 'register', rung: registrationRungs.find(isByConnect)!, suite: suiteIds[0] };

/** Says of each firewall which box cannot do what that asks of it. In a run such attempts are not made. */
function lackingIn(boxes: Boxes, firewalls: readonly Firewall[]): string[] {
  // What a phone cannot do is no matter of the firewall.
  const servers = new Boxes([...boxes].filter(({ kind }) => kind !== ueNode.kind));
  return firewalls.flatMap(({ id, knobs }) => {
    const lacking = servers.lacking({ ...anyAttempt, knobs });
    return lacking === undefined
      ? []
      : [`${lacking}, as it should behind firewall ${id}; choose another box`];
  });
}

/**
 * Milliseconds until the lab has to stand. An engine on a busy machine takes that long for dozens of
 * containers.
 */
const standsWithinMs = 180_000;

async function up(order: KeepOrder): Promise<void> {
  const { backend, firewalls } = order;
  const boxes = builtInBoxes.with(...boxesCalled(order.choices, order));
  requireLab(backend, boxes, firewalls);
  const startedAt = Date.now();
  // The handlers come before the keeper starts, because a signal that ends this process first would not be
  // reported.
  const interrupted = interruption();
  const keeper = fork(programFile('keeper'), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  keeper.send(order);
  const answer = await answerOf(keeper, interrupted);
  if ('error' in answer) throw new LabError(answer.error.code, answer.error.message);
  if (keeper.connected) keeper.disconnect();
  keeper.unref();
  for (const line of lackingIn(boxes, firewalls)) console.error(noticeLine('BOX_LACKS', line));
  const nodes = (await describeLab()).nodes.map(withoutFolder);
  console.log(tableOf(nodes));
  console.log(`The lab is up (${nodes.length} nodes, ${((Date.now() - startedAt) / 1000).toFixed(1)} s).`);
  console.log(
    `Try: nimsfw shell ue-${firewalls[0]?.id}, nimsfw logs -f fw-${firewalls[0]?.id}; nimsfw down ends it.`,
  );
}

/**
 * Resolves with the keeper's answer when the lab stands or has failed. An interruption ends a lab that is still
 * starting.
 */
async function answerOf(keeper: ChildProcess, interrupted: AbortSignal): Promise<KeepAnswer> {
  const ended = new Promise<number | null>((resolve) => keeper.once('exit', resolve));
  const giveUp = async (error: LabError): Promise<never> => {
    keeper.kill('SIGTERM');
    await ended;
    throw error;
  };
  const stop = new AbortController();
  const answered = new Promise<KeepAnswer>((resolve) =>
    keeper.once('message', (answer) => resolve(answer as KeepAnswer)),
  );
  const stopped = new Promise<'interrupted'>((resolve) =>
    interrupted.addEventListener('abort', () => resolve('interrupted')),
  );
  const late = delay(standsWithinMs, 'late' as const, { signal: stop.signal });
  late.catch(() => undefined);
  const first = await Promise.race([answered, ended, stopped, late]);
  stop.abort();
  if (first === 'interrupted')
    return giveUp(
      new LabError(
        'INTERRUPTED',
        'stopped before the lab stood, and nothing of it is left; nimsfw up starts it',
      ),
    );
  for (const signal of endingSignals) process.removeAllListeners(signal);
  if (first === 'late')
    return giveUp(
      new LabError(
        'NOT_READY',
        `waited ${standsWithinMs} ms for the lab to stand, in vain; run nimsfw doctor`,
      ),
    );
  if (first === null || typeof first === 'number')
    throw new LabError(
      'LAB_NOT_KEPT',
      `the process that keeps the lab ended (exit ${first}); run nimsfw doctor`,
    );
  return first;
}

/**
 * Milliseconds until the lab has to be gone. An engine takes some seconds to remove containers and networks; on a machine with
 * twice the work it can do it was seen to take more than half a minute for one of them, and the lab waits a minute for it.
 */
const endsWithinMs = 150_000;

/** Ends the lab that is kept, and removes what its process could not remove. */
async function down(): Promise<void> {
  const { backend, killed } = await endKeeper();
  await removeRemainsOf(backends[backend]!);
  if (killed) throw killed;
}

/** Removes what killed runs have left on a backend; undefined where nothing can be left. */
async function removeRemainsOf(backend: Backend): Promise<Removed | undefined> {
  try {
    return await backend.removeRemains?.();
  } catch (error) {
    // Without an engine there are no remains in it.
    if (error instanceof LabError && error.code === 'NO_ENGINE') return undefined;
    throw error;
  }
}

/**
 * Ends the process that keeps the lab.
 *
 * @returns the name of its backend, and the error that tells if the process had to be killed
 * @throws LabError `NO_LAB`
 */
async function endKeeper(): Promise<{ readonly backend: string; readonly killed?: LabError }> {
  const { pid, backend } = await describeLab();
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + endsWithinMs;
  let killed: LabError | undefined;
  while (isAlive(pid)) {
    if (!killed && Date.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      killed = new LabError(
        'LAB_KILLED',
        `the lab (process ${pid}) did not end within ${endsWithinMs} ms and was killed; nothing of it is left, and nimsfw doctor looks at the machine`,
      );
    }
    await delay(10);
  }
  return { backend, ...(killed ? { killed } : {}) };
}

/**
 * Ends the lab that is kept, if there is one, and removes the remains of killed runs. Other running labs are
 * not touched.
 */
async function downAll(): Promise<void> {
  let killed: LabError | undefined;
  try {
    ({ killed } = await endKeeper());
    console.log('The lab is down.');
  } catch (error) {
    if (!(error instanceof LabError && error.code === 'NO_LAB')) throw error;
    console.log('No lab is running.');
  }
  for (const backend of Object.values(backends)) {
    if (!backend.removeRemains) continue;
    const removed = await removeRemainsOf(backend);
    console.log(
      removed
        ? `Of killed runs on ${backend.name}: ${removed.containers} containers and ${removed.networks} networks removed.`
        : `Nothing to remove on ${backend.name}: no engine answers.`,
    );
  }
  if (killed) throw killed;
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; its parent has just not collected it yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function capture(link: string, file: string): Promise<number> {
  const [id = '', network] = link.split(':');
  const lab = await describeLab();
  const node = nodeOf(lab, id);
  const address = node.addresses.find((one) => network === undefined || one.network === network);
  if (!address)
    throw new LabError(
      'UNKNOWN_LINK',
      `${id} has no link to ${network}; it has ${node.addresses.map((one) => `${id}:${one.network}`).join(', ')}`,
    );
  const output = file === '-' ? 'inherit' : openForWriting(file);
  console.error(`Capturing ${id}:${address.network} (${address.ip}); Ctrl-C ends.`);
  // The interface is found by its address, because each backend names it in its own way.
  const script = `dev=$(ip -o -4 addr show to ${address.ip} | awk '{print $2}')
exec ${watchCommand('"${dev%%@*}"').join(' ')}`;
  return runIn(lab, node, ['sh', '-ec', script], { stdout: output, observe: true });
}

/** Opens the file here and not in the node, which may see other files under that name. */
function openForWriting(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new LabError('OUT_NOT_WRITABLE', `cannot write ${file} (${why}); choose another with -w`);
  }
}

function withoutFolder({ id, kind, state, addresses, ports }: NodeDescription): NodeDescription {
  return { id, kind, state, addresses, ports };
}

function tableOf(nodes: readonly NodeDescription[]): string {
  const table = new Table({
    head: ['node', 'kind', 'state', 'addresses', 'ports'],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, kind, state, addresses, ports } of nodes)
    table.push([
      id,
      kind,
      state,
      addresses.map(({ ip, network }) => `${ip} (${network})`).join('\n'),
      ports.join(' '),
    ]);
  return table.toString();
}
