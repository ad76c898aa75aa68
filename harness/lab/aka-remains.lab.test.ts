import { PassThrough } from 'node:stream';
import { toPcscf } from '../../ladder/testing/rungs';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { ipsecSocket } from '../../nodes/ipsec/companion';
import { answer, listing, type Listing } from '../../nodes/ipsec/protocol';
import { mostUnfinished } from '../../nodes/pcscf/security-agreement';
import type { AttemptReport } from '../../nodes/ue/protocol';
import { until } from '../testing/processes';
import type { AccessNetwork } from './access-network';
import { ImsLab } from './ims-lab';
import { netns } from './netns';

/** What attempts by IMS AKA leave of their security associations in a lab that goes on. */

const open = builtInCatalogue.find(({ id }) => id === '0')!;
const translating = builtInCatalogue.find(({ id }) => id === '1')!;

let lab: ImsLab;
let atOpen: AccessNetwork;
let atNapt: AccessNetwork;

beforeAll(async () => {
  lab = await ImsLab.start({
    ...{ backend: netns, catalogue: builtInCatalogue, firewalls: [open, translating] },
    securities: ['aka'],
    log: () => new PassThrough().resume(),
  });
  [atOpen, atNapt] = await Promise.all([lab.startAccess(open), lab.startAccess(translating)]);
  await lab.coreReady;
});

afterAll(() => lab?.[Symbol.asyncDispose]());

/** Asks the program ipsec of a node, as nobody else than a program of the node can, for its sets. */
async function listAt(node: string): Promise<Listing> {
  const script = `const socket = require('node:net').connect('\\0' + process.argv[1].slice(1));
    socket.write('{"id":1,"method":"list"}\\n');
    require('node:readline').createInterface({ input: socket }).on('line', (line) => (console.log(line), process.exit()));`;
  const { exitCode, stdout, stderr } = await lab
    .node(node)
    .exec([process.execPath, '-e', script, ipsecSocket]);
  if (exitCode !== 0) throw new Error(stderr);
  return listing.parse(answer.parse(JSON.parse(stdout)).result);
}

let attempts = 0;

const register = (access: AccessNetwork, step: 1 | 2, via: string): Promise<AttemptReport> =>
  access.ue.attempt('register', { attempt: `${++attempts}`, ...toPcscf(step, via), suite: 'aes' });

it('nothing at UE and P-CSCF of registrations that have ended', async () => {
  for (let round = 0; round < 3; round += 1) {
    const reports = await Promise.all([register(atOpen, 1, 'esp:5060'), register(atNapt, 2, 'esp-udp:4500')]);
    expect(reports.map(({ end }) => end)).toEqual(['passed', 'passed']);
  }
  for (const node of ['ue-0', 'ue-1', 'pcscf']) {
    const isNothingLeft = async (): Promise<boolean> => (await listAt(node)).sets.length === 0;
    await until(isNothingLeft, `${node} to have no security associations`, 8000);
  }
});

it('an agreement that is unfinished at the P-CSCF where ESP does not get through, which keeps the UE from nothing', async () => {
  // One more than the P-CSCF keeps of one address.
  const known = new Set<string>();
  for (let count = 0; count <= mostUnfinished; count += 1) {
    const ended = register(atNapt, 1, 'esp:5060');
    const hasArrived = async (): Promise<boolean> => {
      const { sets } = await listAt('pcscf');
      const [fresh] = sets.filter(
        ({ name, in: sas }) => !known.has(name) && sas.some(({ packets }) => packets > 0),
      );
      if (fresh) known.add(fresh.name);
      return fresh !== undefined;
    };
    await until(hasArrived, 'ESP to come through the NAPT', 8000);
    atNapt.ue.abandon({ attempt: `${attempts}` });
    expect((await ended).failure?.code).toBe('ABANDONED');
  }
  const left = (await listAt('pcscf')).sets.map(({ name }) => name);
  expect(left.sort()).toEqual([...known].slice(1).sort());
  expect((await listAt('ue-1')).sets).toEqual([]);
  expect((await register(atNapt, 2, 'esp-udp:4500')).end).toBe('passed');
});
