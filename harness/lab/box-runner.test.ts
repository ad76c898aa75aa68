import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import { defineBox, type Box } from '../../nodes/box';
import { LabFacts } from '../../nodes/lab-facts';
import type { NodeProcess, StartedLab, StartedNode } from './backend';
import { BoxRunner, type RunningBox } from './box-runner';
import { CheckUps } from './check-up';
import { NodeLogs } from './node-logs';
import { NodePrograms } from './node-programs';
import { Outages } from './outages';
import { topologyFor } from '../../nodes/topology-for';

/** Tests what a runner does with a box, on a node that only notes its calls. */

const bell = defineBox({
  kind: 'bell',
  place: { interfaces: [{ network: 'access', host: 9 }] },
  ports: {},
  config: z.object({ idle: z.union([z.int(), z.literal('none')]) }),
  configure: (_lab, { access }) => ({ idle: access!.firewall.knobs.idle }),
  files: ({ idle }) => ({ 'bell.conf': `idle ${idle}` }),
  setUp: () => [['prepare']],
  command: () => ['bell'],
  companions: () => [
    {
      name: 'clapper',
      argv: ['clap'],
      ready: { by: 'line', stream: 'stdout', text: 'clapping' },
      answers: { by: 'command', what: 'the bell', argv: () => ['is-it-there'] },
    },
  ],
  reload: () => [['reread']],
  ready: () => ({ by: 'line', stream: 'stderr', text: 'ringing' }),
  answers: () => undefined,
  logs: ['stderr'],
  programs: [],
  image: { name: 'bell', title: 'bell', description: 'a bell', user: 'own' },
});

class FakeProcess implements NodeProcess {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  private readonly events = new EventEmitter();
  readonly exited = once(this.events, 'exit').then(([code]) => code as number);

  async stop(): Promise<void> {
    this.end(143);
  }

  end(code: number): void {
    this.stdout.end();
    this.stderr.end();
    this.events.emit('exit', code);
  }
}

function place(box: Box, exitCodeOf: (argv: readonly string[]) => number = () => 0) {
  const boxes = builtInBoxes.with(box);
  const firewall = builtInCatalogue.find(({ id }) => id === '6')!;
  const topology = topologyFor([firewall], builtInCatalogue, boxes);
  const spec = topology.access.get('6')!.nodes.get(box.kind)!;
  const did: string[] = [];
  const processes = new Map<string, FakeProcess>();
  const run = (argv: readonly string[]): NodeProcess => {
    did.push(argv.join(' '));
    const process = new FakeProcess();
    processes.set(argv[0]!, process);
    return process;
  };
  const node = {
    id: spec.id,
    spec,
    folder: '/run/nimsfw/bell-6',
    write: async (files: Readonly<Record<string, string>>) =>
      void did.push(...Object.entries(files).map(([name, text]) => `${name}: ${text}`)),
    interfaceOf: () => 'eth0',
    exec: async (argv: readonly string[]) => {
      did.push(argv.join(' '));
      return { exitCode: exitCodeOf(argv), stdout: '', stderr: 'no such thing\nand more' };
    },
    program: run,
    spawn: run,
    observe: run,
    beside: run,
    read: () => Promise.reject(new Error('nobody reads')),
  } satisfies StartedNode;
  const lab: StartedLab = {
    handle: undefined,
    stands: async () => node,
    node: () => node,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const outages = new Outages();
  const logs = new NodeLogs(() => new PassThrough().resume());
  const checkUps = new CheckUps(outages);
  const secrets = {
    ...{
      trustAnchor: '',
      certificates: {},
      passwordOf: () => '',
      cardOf: () => ({ k: '0'.repeat(32), opc: '0'.repeat(32), amf: '0000' }),
    },
    ...{ turnUser: { username: '', password: '' }, proxyUser: { username: '', password: '' } },
    proxyUserOfUe: { username: '', password: '' },
  };
  const runner = new BoxRunner({
    ...{ lab, boxes, checkUps, logs, answersWithinMs: 1000 },
    facts: new LabFacts(topology, boxes, secrets, [firewall]),
    programs: new NodePrograms(outages, logs),
  });
  const asker = { id: 'ue-6', ue: () => Promise.reject(new Error('nobody asks')) };
  return { firewall, did, processes, outages, checkUps, start: () => runner.start(spec, asker, firewall) };
}

async function started(at: ReturnType<typeof place>): Promise<RunningBox> {
  const running = await at.start();
  at.processes.get('bell')!.stderr.write('ringing\n');
  at.processes.get('clap')!.stdout.write('clapping\n');
  await running.ready;
  return running;
}

test('files, what is to be done once, the program, what it needs beside it: in this order', async () => {
  const at = place(bell);
  await started(at);
  expect(at.did).toEqual(['bell.conf: idle none', 'prepare', 'bell', 'clap']);
});

test('it is not ready before what it needs beside it is', async () => {
  const at = place(bell);
  const running = await at.start();
  at.processes.get('bell')!.stderr.write('ringing\n');
  at.processes.get('clap')!.end(1);
  await expect(running.ready).rejects.toMatchObject({
    code: 'NODE_DIED',
    message: 'the clapper of bell-6 ended (exit 1): ringing; look at its log',
    details: { node: 'bell-6' },
  });
});

test('it is reloaded when its configuration changes, and only then', async () => {
  const at = place(bell);
  const running = await started(at);
  at.did.length = 0;
  await running.reconfigure(at.firewall);
  expect(at.did).toEqual([]);
  const forgetful = { ...at.firewall, knobs: { ...at.firewall.knobs, idle: 3 } };
  await running.reconfigure(forgetful);
  await running.reconfigure(forgetful);
  expect(at.did).toEqual(['bell.conf: idle 3', 'reread']);
});

test('what it needs beside it is asked too, and told of as its own', async () => {
  const at = place(bell, ([program]) => (program === 'is-it-there' ? 1 : 0));
  await started(at);
  await at.checkUps.of(['bell-6']);
  expect(at.outages.all.map(({ node, code, text }) => [node, code, text])).toEqual([
    [
      'bell-6',
      'NOT_ANSWERING',
      'the clapper of bell-6 runs, but has not answered the bell for 1 s; look at its log',
    ],
  ]);
});

test.each<[string, Partial<Box>, string]>([
  [
    'cannot say what it is configured with',
    {
      configure: () => {
        throw new Error('no such file');
      },
    },
    'bell-6 cannot be configured: no such file; mend its box',
  ],
  [
    'is configured with what its schema refuses',
    { configure: () => ({ idle: 'long' }) },
    'the configuration of bell-6 is wrong at idle: Invalid input; mend its box',
  ],
])('a box that %s', async (_what, difference, message) => {
  const at = place({ ...bell, ...difference });
  await expect(at.start()).rejects.toMatchObject({
    code: 'INVALID_NODE_CONFIG',
    message,
    details: { node: 'bell-6' },
  });
  expect(at.did).toEqual([]);
});

test('what is to be done once and fails is told, and the program does not start', async () => {
  const at = place(bell, () => 1);
  await expect(at.start()).rejects.toMatchObject({
    code: 'NODE_SETUP_FAILED',
    message: 'prepare failed in bell-6: no such thing; run nimsfw doctor',
  });
  expect(at.did).toEqual(['bell.conf: idle none', 'prepare']);
});
