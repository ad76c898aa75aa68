import { join } from 'node:path';
import { commandBox } from '../../nodes/outside/command-box';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

/** Rich phones that do what no phone may: each is named in one line, and costs the run neither time nor its end. */

const folder = temporaryFolder();
const program = join(__dirname, 'testing/wrong-phone.js');
const protocol = 'the UE broke the protocol (nodes/ue/protocol.ts)';

it.each([
  ['talks', 'UE_PROTOCOL', `${protocol}: not JSON: Welcome to phone 3.0`],
  ['floods', 'UE_PROTOCOL', `${protocol}: a line is longer than 1048576 bytes`],
  [
    'mixes',
    'UE_PROTOCOL',
    `ue-0: ${protocol}: the result of register is for attempt another/attempt, not 0/register/aes/1-udp:5060`,
  ],
  ['dies', 'NODE_DIED', 'ue-0 ended (exit 9): it printed nothing; look at its log'],
  [
    'borrows',
    'CONTRACT_BROKEN',
    'ue-0 tells of a socket at 10.89.9.2 in 0/register/aes/1-udp:5060, which is not its address (10.89.0.2); mend the phone',
  ],
  [
    'lies',
    'CONTRACT_BROKEN',
    'on a network that lets everything through nothing of it got through: at 0/register/aes/1-udp:5060 it answered "passed", and no answer had come to it',
  ],
])(
  'one that %s',
  async (wrong, code, words) => {
    const out = join(folder, wrong);
    const phone = { ...commandBox('ue', [process.execPath, program, wrong], '/'), name: wrong };
    const { cells, run } = await measure({
      ...{ boxes: [phone], scenarios: ['register'], suites: ['aes'], firewalls: ['0', '1'], out },
    }).result;
    const isAsked = wrong === 'lies';
    const how = isAsked ? 'breaks the contract of docs/boxes.md' : 'could not be proved';
    const text = `${wrong} ${how}: ${words}; ${join(out, 'proof')} has what it did`;
    expect(run.outages?.map(({ node, code: own, text: line }) => [node, own, line])).toEqual([
      ['ue', code, text],
    ]);
    const verdicts = cells.flatMap(({ attempts }) => attempts.map(({ verdict }) => verdict));
    expect(verdicts).toEqual(Array(8).fill('inconclusive'));
  },
  60_000,
);
