import { assert, property } from 'fast-check';
import { oneLine } from '../../kit/one-line';
import { drop } from '../judge/testing/results';
import { toCsv } from './csv';
import { hostileRun, hostileText } from './hostile-fixture';
import { attempt, cell, run } from './result-fixture';

/** Reads CSV as RFC 4180 has it. */
function read(text: string): string[][] {
  expect(text.endsWith('\r\n')).toBe(true);
  const record = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  const rows: string[][] = [[]];
  for (let found = record.exec(text); found; found = record.exec(text)) {
    rows.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === '\r\n') rows.push([]);
    if (record.lastIndex === text.length) break;
  }
  expect(record.lastIndex).toBe(text.length);
  return rows.slice(0, -1);
}

/** Reads it as records by column. */
function records(text: string): Record<string, string>[] {
  const [head, ...rows] = read(text);
  return rows.map((row) => Object.fromEntries(row.map((field, index) => [head![index]!, field])));
}

test('a verdict, a duration and a measurement have a row each, with all that tells them apart', () => {
  const measurements = [
    { name: 'tls-setup-full', value: 1.25, unit: 'ms', source: 'capture' as const },
    { name: 'outgoing-path', value: 'relay, host', unit: '' },
  ];
  const result = run(
    [
      cell(
        '3/msrp/aes',
        [
          attempt('1 udp:5060', 'blocked', { evidence: [drop()], durationMs: 250 }),
          attempt('3 tls:443', 'passed', { measurements, round: 2, durationMs: 1.5 }),
        ],
        3,
      ),
      cell('8/msrp/aes', [], null, { outcome: 'skipped' }),
    ],
    [],
  );
  expect(toCsv(result).split('\r\n')).toEqual([
    'run,cell,variant,firewall,to,scenario,suite,security,outcome,round,at,step,rung,verdict,expected,rule,name,value,unit,source,catalogue',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,1,,1,udp:5060,blocked,blocked,sip-ports,verdict,blocked,,,none',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,1,,1,udp:5060,blocked,blocked,sip-ports,duration,250,ms,,none',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,2,,3,tls:443,passed,passed,,verdict,passed,,,none',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,2,,3,tls:443,passed,passed,,duration,1.5,ms,,none',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,2,,3,tls:443,passed,passed,,tls-setup-full,1.25,ms,capture,none',
    'r1,3/msrp/aes,,3,,msrp,aes,digest,expected,2,,3,tls:443,passed,passed,,outgoing-path,"relay, host",,,none',
    'r1,8/msrp/aes,,8,,msrp,aes,digest,skipped,,,,,,,,verdict,,,,none',
    '',
  ]);
});

test('it says by which version of the catalogue it was measured, of a merged run by which ones', () => {
  const result = run([cell('8/msrp/aes', [], null)]);
  const [origin] = result.run.origins;
  const made = (measurements: number) => ({ ...origin!, tool: { version: '1', measurements } });
  result.run.origins = [made(1), made(1)];
  expect(records(toCsv(result))[0]).toMatchObject({ catalogue: '1' });
  result.run.origins = [made(1), made(2)];
  expect(records(toCsv(result))[0]).toMatchObject({ catalogue: '1+2' });
});

test('a number is not a formula, and a text that would be one is none', () => {
  const of = (value: string | number): string => {
    const measurements = [{ name: 'overhead-pcma', value, unit: '%' }];
    const [row] = records(
      toCsv(run([cell('3/call/aes', [attempt('3 tls:443', 'passed', { measurements })], 3)])),
    ).slice(-1);
    return row!['value']!;
  };
  expect(of(-1.5)).toBe('-1.5');
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1']) expect(of(text)).toBe(`'${text}`);
  expect(of('\t=1+1')).toBe("'=1+1");
  expect(of('a=1')).toBe('a=1');
  // The apostrophe of a text itself can be told from one that was put there.
  expect(of("'=1+1")).toBe("''=1+1");
  expect(of("'a")).toBe("'a");
});

test('whatever a text holds, the table keeps its form, the text stays readable, and no spreadsheet runs it', () => {
  assert(
    property(hostileText, (text) => {
      const rows = records(toCsv(hostileRun(text)));
      expect(rows).toHaveLength(7);
      for (const row of rows) {
        expect(Object.keys(row)).toHaveLength(21);
        for (const [column, field] of Object.entries(row))
          if (!['value', 'round', 'step'].includes(column) || !/^-?[\d.]+$/.test(field))
            expect(field).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
      }
      expect(rows[2]!['name']!.replace(/^'(?='*[=+\-@＝＋－＠])/, '')).toBe(oneLine(text));
    }),
  );
});
