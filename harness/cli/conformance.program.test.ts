import fc from 'fast-check';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pcap, recordAt, udp } from '../evidence/testing/builders';
import { linkTypes } from '../evidence/pcap';
import { decideClaims } from '../judge/claims';
import { attempt, cell, run } from '../report/result-fixture';
import { openRun } from '../bundle/open-run';
import { readRun } from '../conformance/read-run';
import { cli, temporaryFolder } from '../testing/cli';

/** Reads captures that the test has made with the real tshark. */

const folder = temporaryFolder();
const ue = { ip: '10.89.0.2', port: 32768 };
const server = { ip: '198.19.0.10', port: 5060 };
const sockets = [{ at: 1, protocol: 'udp' as const, local: ue, remote: server }];
const cells = [cell('0/register/aes', [attempt('1 udp:5060', 'passed', { sockets })], 1)];
const result = JSON.stringify(run(cells, decideClaims(cells)));

/** Makes the folder of a run whose UE has sent and received these messages over UDP. */
function runWith(
  name: string,
  packets: readonly { readonly sent: boolean; readonly text: string }[],
): string {
  const made = join(folder, name);
  mkdirSync(join(made, 'captures'), { recursive: true });
  writeFileSync(join(made, 'result.json'), result);
  writeFileSync(join(made, 'keys.log'), '');
  const records = packets.map(({ sent, text }, index) =>
    recordAt(1_800_000_000_000 + index, sent ? udp(ue, server, text) : udp(server, ue, text)),
  );
  writeFileSync(join(made, 'captures/0-ue-side.pcap'), pcap(records, { linkType: linkTypes.raw }));
  return made;
}

const message = (startLine: string, ...fields: string[]): string =>
  [startLine, 'CSeq: 1 OPTIONS', ...fields, 'Content-Length: 0', '', ''].join('\r\n');
const via = 'Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1';
const others = ['To: <sip:a@b>', 'From: <sip:a@b>;tag=1', 'Call-ID: 1', 'Max-Forwards: 70'];
const ofUe = ['Route: <sip:198.19.0.10:5060;lr>', 'P-Access-Network-Info: IEEE-802.3'];
const good = message('OPTIONS sip:a@b SIP/2.0', via, ...others, ...ofUe);

it('reads of every message what was sent, whatever stands in it', async () => {
  // A backslash can be ambiguous in what tshark prints, and a message of UDP ends with its packet.
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((any) => `x${any}x`);
  const sent = fc.sample(fc.record({ sent: fc.boolean(), value: text, body: text }), 50);
  const out = runWith(
    'any',
    sent.map(({ sent, value, body }) => ({
      sent,
      text: ['MESSAGE sip:a@b SIP/2.0', 'CSeq: 1 MESSAGE', `s: ${value}`, '', body].join('\r\n'),
    })),
  );
  const { message: read } = await readRun(await openRun(out));
  expect(
    read.map(({ frame, from, transport, fields, body }) => ({
      frame,
      from,
      transport,
      value: fields[1],
      body,
    })),
  ).toEqual(
    sent.map(({ sent, value, body }, index) => ({
      frame: index + 1,
      from: sent ? 'ue' : 'pcscf',
      transport: 'udp',
      value: { name: 'Subject', value },
      body,
    })),
  );
});

it('lists every rule, exits 0 when none is broken, and says what nothing was about', async () => {
  const out = runWith('good', [{ sent: true, text: good }]);
  const { exitCode, stdout, stderr } = await cli(['conformance', out]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(
    /^ {2}held {6}request-fields +1 held, 0 broken +MUST +RFC 3261 8\.1\.1: A request has /m,
  );
  expect(stdout).toMatch(/^ {2}not seen {2}challenge-qop +0 held, 0 broken /m);
  expect(stdout).toMatch(/^\d+ rules: \d+ held, 0 broken, \d+ not seen\n$/m);
});

it('exits 1 when a MUST is broken, and says where and how to look at it', async () => {
  const bad = message('OPTIONS sip:a@b SIP/2.0', via);
  const out = runWith('bad', [
    { sent: true, text: good },
    { sent: true, text: bad },
  ]);
  const { exitCode, stdout } = await cli(['conformance', out]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^ {2}BROKEN {4}request-fields +1 held, 1 broken /m);
  expect(stdout).toContain(
    `captures/0-ue-side.pcap:2  OPTIONS without To, From, Call-ID, Max-Forwards\n              tshark -r ${out}/captures/0-ue-side.pcap `,
  );
  const asJson = await cli(['conformance', out, '--json']);
  expect(asJson.exitCode).toBe(1);
  const { rules } = JSON.parse(asJson.stdout) as { rules: Record<string, unknown>[] };
  expect(rules.find(({ id }) => id === 'request-fields')).toMatchObject({
    clause: 'RFC 3261 8.1.1',
    level: 'MUST',
    outcome: 'broken',
    held: 1,
    breaks: [{ capture: 'captures/0-ue-side.pcap', frame: 2 }],
  });
});

it('exits 2 when nothing was seen', async () => {
  expect(await cli(['conformance', runWith('silent', [])])).toMatchObject({ exitCode: 2 });
});

it('reads a capture that breaks off up to there', async () => {
  const out = runWith('torn', [
    { sent: true, text: good },
    { sent: true, text: good },
  ]);
  const file = join(out, 'captures/0-ue-side.pcap');
  writeFileSync(file, readFileSync(file).subarray(0, -10));
  expect((await readRun(await openRun(out))).message).toHaveLength(1);
});

it('refuses what is no run', async () => {
  const refused = (code: string, line: string) => ({
    exitCode: 3,
    stdout: '',
    stderr: `nimsfw: ${line} [${code}]\n`,
  });
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  writeFileSync(join(bare, 'result.json'), result);
  for (const none of [bare, join(bare, 'result.json')])
    expect(await cli(['conformance', none])).toEqual(
      refused(
        'NO_CAPTURES',
        `${none} has no captures of a UE (captures/*-ue-side.pcap); name a folder that nimsfw run --out has written`,
      ),
    );
  const garbled = runWith('garbled', []);
  const file = join(garbled, 'captures/0-ue-side.pcap');
  writeFileSync(file, 'no capture');
  const { exitCode, stdout, stderr } = await cli(['conformance', garbled]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toMatch(
    /^nimsfw: tshark cannot read .*0-ue-side\.pcap \(exit \d+: .*\); name the folder of a run as nimsfw has left it \[CAPTURE_UNREADABLE\]\n$/,
  );
});
