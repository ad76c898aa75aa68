import { shellWord } from '../../nodes/shell-word';
import { shellLines } from './shell-words';

test('only what needs it is quoted', () => {
  expect(['a/b-c.pcap', 'frame.number == 1', "it's", '', '$(x)'].map(shellWord)).toEqual([
    'a/b-c.pcap',
    "'frame.number == 1'",
    String.raw`'it'\''s'`,
    "''",
    "'$(x)'",
  ]);
});

test('a command fits the columns, as far as its words allow, and an option stays with its value', () => {
  expect(shellLines(['tshark', '-V', '-r', 'captures/6-denied.pcap', '-Y', 'frame.number == 1'], 36)).toEqual(
    ['tshark -V \\', '  -r captures/6-denied.pcap \\', "  -Y 'frame.number == 1'"],
  );
});

test('a filter that is longer than a line is broken within its quotes', () => {
  expect(
    shellLines(['tshark', '-Y', 'tcp.port == 32771 || exported_pdu.src_port == 32771', '-V'], 40),
  ).toEqual(['tshark \\', "  -Y 'tcp.port == 32771 ||", "    exported_pdu.src_port == 32771' -V"]);
});
