import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PageData } from 'nimsfw-result-page';
import { nftables } from '../../../firewalls/nftables';
import { builtInCatalogue } from '../../../firewalls/catalogue';
import type { Evidence } from '../../evidence/evidence';
import type { RunResult } from '../../judge/result';
import type { Sequence } from '../../sequence/sequence';
import { attempt, cell, claim, run } from '../result-fixture';
import { pageDataOf } from './page-data';
import type { PageSources } from './page-sources';
import { filesOf } from './run-files';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-page-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};

const dataOf = (result: RunResult, more: Partial<PageSources> = {}): PageData =>
  pageDataOf(result, { files: filesOf({ out: folder, folder }), sequences: new Map(), ...more });

const local = { ip: '10.89.3.2', port: 32768 };
const remote = { ip: '198.19.0.10', port: 5060 };
const socket = { protocol: 'udp' as const, local, remote };
const drop: Evidence = {
  ...{ kind: 'drop', firewall: 'fw-3', rule: 'sip-ports', statement: 'the SIP ports', decisive: true },
  ...{ chain: 'forward', at: 1000, lastAt: 2000, count: 2, matchedBy: 'five-tuple', socket },
  packet: {
    ...{ protocol: 'udp', src: local.ip, sport: local.port, dst: remote.ip, dport: remote.port },
    summary: 'SIP REGISTER',
  },
  ...{ capture: 'captures/3-denied.pcap', frame: 7 },
};
const blocked = attempt('1 udp:5060', 'blocked', { evidence: [drop] });
const through = attempt('3 tls:443', 'passed');
const result = run(
  [cell('3/register/aes', [blocked, through], 3)],
  [claim('I1', 'confirmed', ['3/register/aes'])],
);

it('shows where each attempt went and where it ended', () => {
  const [first, second] = dataOf(result).cells[0]!.attempts;
  expect(first).toMatchObject({
    path: [
      { id: 'ue-3', kind: 'ue' },
      { id: 'fw-3', kind: 'firewall' },
      { id: 'pcscf', kind: 'pcscf' },
    ],
    endedAt: 1,
  });
  expect(second!.endedAt).toBe(2);
});

it('says nothing of where an attempt ended that failed without a proof', () => {
  const failed = run([cell('3/register/aes', [attempt('1 udp:5060', 'failed')], null)]);
  expect(dataOf(failed).cells[0]!.attempts[0]!.endedAt).toBeUndefined();
});

it('shows the denied packet, with its content if the captures have it', () => {
  const sequence: Sequence = {
    attempt: blocked.id,
    parties: [
      { id: 'ue-3', kind: 'ue' },
      { id: 'fw-3', kind: 'firewall' },
      { id: 'pcscf', kind: 'pcscf' },
    ],
    arrows: [
      {
        ...{ at: blocked.startedAt + 2, lastAt: blocked.startedAt + 2.5, from: 'ue-3', to: 'pcscf' },
        ...{ protocol: 'sip', label: 'REGISTER', carriers: ['udp'], source: local, destination: remote },
        ...{ count: 2, place: { capture: 'captures/3-ue-side.pcap', frame: 1 } },
        text: 'REGISTER sip:x SIP/2.0\nVia: y',
        denied: {
          ...{ firewall: 'fw-3', rule: 'sip-ports', at: blocked.startedAt + 2 },
          place: { capture: 'captures/3-denied.pcap', frame: 7 },
        },
      },
    ],
    leftOut: 3,
  };
  const [shown] = dataOf(result, { sequences: new Map([[blocked.id, sequence]]) }).cells[0]!.attempts;
  expect(shown!.denied).toEqual([
    {
      ...{ firewall: 'fw-3', rule: 'sip-ports', at: 1000, count: 2 },
      packet: 'SIP REGISTER, UDP 10.89.3.2:32768 to 198.19.0.10:5060',
      decoded: [
        'from 10.89.3.2 port 32768',
        'to 198.19.0.10 port 5060',
        'protocol udp, on its way through',
        'belongs to the attempt by five-tuple',
        '',
        'REGISTER sip:x SIP/2.0',
        'Via: y',
      ],
      ...{ capture: 'captures/3-denied.pcap', frame: 7 },
    },
  ]);
  expect(shown!.sequence).toEqual({
    parties: sequence.parties,
    arrows: [
      {
        ...{ afterMs: 2, lastAfterMs: 2.5, from: 0, to: 2, protocol: 'sip', label: 'REGISTER' },
        ...{ carriers: 'UDP', count: 2, capture: 'captures/3-ue-side.pcap', frame: 1 },
        ...{ text: 'REGISTER sip:x SIP/2.0\nVia: y', denied: { by: 1, rule: 'sip-ports' } },
      },
    ],
    leftOut: 3,
  });
});

it('shows each rule of a firewall with the lines that were loaded, where the run kept them', () => {
  const { knobs } = builtInCatalogue.find(({ id }) => id === '3')!;
  const of = run([cell('3/register/aes', [blocked], null)], [], {
    firewalls: [{ id: '3', title: 'no SIP ports', source: 's', confidence: 'c', knobs }],
  });
  const rules = (): PageData['firewalls'][number]['rules'] => dataOf(of).firewalls[0]!.rules;
  expect(rules().map(({ id, nft }) => [id, nft])).toContainEqual(['sip-ports', undefined]);
  const addresses = {
    inside: { interface: 'eth0', ip: '10.89.3.1', subnet: '10.89.3.0/24' },
    outside: { interface: 'eth1', ip: '198.19.1.3' },
  };
  put('nodes/fw-3/ruleset.nft', nftables(knobs, addresses));
  const shown = rules().find(({ id }) => id === 'sip-ports')!;
  expect(shown.nft).toContain('goto deny-sip-ports');
  expect(rules().every(({ nft }) => nft !== undefined)).toBe(true);
});

it('says which captures are there', () => {
  put('captures/3-ue-side.pcap', '');
  const captures = dataOf(result).cells[0]!.attempts[0]!.captures;
  expect(captures.filter(({ isThere }) => isThere)).toEqual([
    { title: 'at the UE', path: 'captures/3-ue-side.pcap', isThere: true },
  ]);
  expect(captures.map(({ path }) => path)).toContain('captures/3.pcapng');
});

it('takes no file that the name of a firewall leads to outside of the folder', () => {
  put('nodes/fw-3/ruleset.nft', 'table');
  const files = filesOf({ out: folder, folder: join(folder, 'nodes/fw-3') });
  expect(files.rulesetOf('../../nodes/fw-3')).toBeUndefined();
  expect(filesOf({ out: folder, folder }).rulesetOf('fw-3')).toBe('table');
});

it('of a run that goes on, has cells that wait and cells that play, and calls nothing interrupted', () => {
  const going = run(
    [
      cell('0/register/aes', [], null, { outcome: 'skipped' }),
      cell('3/register/aes', [], null, { outcome: 'skipped' }),
    ],
    [],
    { interrupted: true },
  );
  const data = dataOf(going, { begun: new Set(['3/register/aes']) });
  expect(data.cells.map(({ outcome }) => outcome)).toEqual(['pending', 'running']);
  expect([data.run.isOver, data.run.isInterrupted, data.warnings]).toEqual([false, false, []]);
  const over = dataOf(going);
  expect(over.cells.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped']);
  expect(over.warnings).toEqual([
    'Interrupted: this is a partial result; cells that were not finished are marked skipped.',
  ]);
});

it('says wherever the table is shown what is reconstruction', () => {
  expect(dataOf(result).notes[0]).toMatch(/^The firewalls are this lab's reading: /);
});

it('has the definition of each measurement that occurs, and none of one that only a user knows', () => {
  const measured = attempt('1 udp:5060', 'passed', {
    measurements: [
      { name: 'outgoing-mos', value: 4.4, unit: '' },
      { name: 'my-own', value: 1, unit: 's' },
    ],
  });
  const data = dataOf(run([cell('0/call/aes', [measured, measured], 1)]));
  expect(data.measurements.map(({ name, howMeasured }) => [name, howMeasured])).toEqual([
    ['outgoing-mos', 'UE'],
  ]);
});

it('is as expected only where the command would end with 0', () => {
  const outages = [{ node: 'pcscf', code: 'NODE_DIED', text: 'it ended' }];
  const { plan } = result.run;
  const larger = { ...plan, firewalls: [...plan.firewalls, '8'] };
  const isAsExpected = (more: Partial<RunResult['run']>): boolean =>
    dataOf({ ...result, run: { ...result.run, ...more } }).run.isAsExpected;
  expect(isAsExpected({})).toBe(true);
  expect(isAsExpected({ outages })).toBe(false);
  expect(isAsExpected({ plan: larger })).toBe(false);
});
