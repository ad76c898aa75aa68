import { lastWords } from './last-words';

it.each([
  [
    'squid: why, and not what it cost',
    `2026/11/28 00:45:00| Processing Configuration File: squid.conf (depth 0)
2026/11/28 00:45:00| FATAL: Cannot open '/var/log/squid/access.log' for writing.
\tThe parent directory must be writeable by the
2026/11/28 00:45:00| Squid Cache (Version 5.7): Terminated abnormally.
CPU Usage: 0.018 seconds = 0.009 user + 0.009 sys
Maximum Resident Size: 60000 KB
Page faults with physical i/o: 0
`,
    "2026/11/28 00:45:00| FATAL: Cannot open '/var/log/squid/access.log' for writing.",
  ],
  [
    'Kamailio: what is critical, and not what follows from it',
    ` 0(12) CRITICAL: <core> [core/cfg.y:3678]: yyerror_at(): parse error in config file kamailio.cfg, line 3: syntax error
 0(12) ERROR: <core> [core/cfg.y:3681]: yyerror_at(): parse error
ERROR: bad config file (2 errors)
 0(12) WARNING: <core> [core/ppcfg.c:221]: pp_ifdef_level_check(): different number of preprocessor directives
`,
    '0(12) CRITICAL: <core> [core/cfg.y:3678]: yyerror_at(): parse error in config file kamailio.cfg, line 3: syntax error',
  ],
  [
    'coturn: the error, and not what it says of every start',
    `0: : CONFIG ERROR: Empty cli-password, and so telnet cli interface is disabled! Please set a non empty cli-password!
0: : ERROR: Cannot bind TCP/TLS listener socket to addr 198.19.0.3:443
0: : Closing
CONFIG ERROR: Empty cli-password, and so telnet cli interface is disabled!
`,
    '0: : ERROR: Cannot bind TCP/TLS listener socket to addr 198.19.0.3:443',
  ],
  [
    'a program of ours: the error, and not where it was thrown',
    `/app/main.js:7
    throw error;
    ^

TypeError: cannot read it
    at main (/app/main.js:7:9)
    at node:internal/main/run_main_module:28:49

Node.js v20.20.2
`,
    'TypeError: cannot read it',
  ],
  ['one that marks nothing: its last lines', 'a\nb\n\nc\nd\n', 'b | c | d'],
  ['one that said nothing', ' \n', 'it printed nothing'],
  ['no control characters', 'FATAL: \u001b[31mred\u0007', 'FATAL: [31mred'],
])('%s', (_, said, words) => {
  expect(lastWords(said)).toBe(words);
});

it('is one line of bounded length', () => {
  expect(lastWords(`ERROR: ${'x'.repeat(3000)}\n`)).toHaveLength(400);
});
