import { statisticMeanings } from '../../../kit/statistics';
import { measurementCatalogueVersion, measurementKinds } from './catalogue';

/** Returns `docs/measurements.md`, which is made of the catalogue. */
export function measurementsPage(): string {
  const rows = measurementKinds.map(
    ({ name, unit, definition, howMeasured, since }) =>
      `| \`${name}\` | ${unit} | ${definition} | ${howMeasured} | ${since} |`,
  );
  const { n, median, p95, passRate } = statisticMeanings;
  return `# What is measured, and how

<!-- Made from \`nodes/ue/measurements/catalogue.ts\` by \`docs.ts\` beside it; a test compares the two. Do not edit by hand. -->

This is version ${measurementCatalogueVersion} of the catalogue of measurements. A result says by which version it measured
(\`origins[].tool.measurements\`), and so does each row of \`measurements.csv\`; \`since\` is the version since which a
measurement is defined as it is here.

Each attempt in \`result.json\` has \`measurements\`. What packets can tell is taken from them: then \`source\` is \`capture\`, the
capture of the UE's side, and another reader of that capture finds the same (\`docs/checking.md\`). The rest is told by the
programs at the ends, and has their own delay in it; so has what the capture has lost a packet of.

A time between two packets begins with the first packet with content that left the socket when the UE wrote or later, and
ends with the last one that had come when the UE read. It needs no keys, and is the same in TLS. Where several packets came
while the UE was busy, it is the last of them.

In a name, \`{call}\` is one of the calls of an attempt: \`outgoing\` or \`incoming\` of \`call\`, \`left\` or \`arrived\` of
\`access-change\`; \`{codec}\` is \`pcma\`, \`pcmu\` or \`amr-wb\`. Units are those of UCUM; \`By\` is a byte. A measurement without
unit is a word, a count or a score.

| measurement | unit | what it is | by | since |
|---|---|---|---|---|
${rows.join('\n')}

## Of several rounds

With \`--repeat\`, \`n\` is ${n}, the median ${median}, and p95 ${p95}. The pass rate is ${passRate}.

## For papers

\`--reporter csv\` of \`nimsfw run\`, \`report\` and \`merge\` prints one tidy table (RFC 4180, UTF-8) and writes it as
\`measurements.csv\` into the run's folder: of each attempt a row whose \`name\` is \`verdict\`, one for its \`duration\` and one for
each measurement. A cell that was not tried has one row with an empty verdict.

| column | what stands in it |
|---|---|
| \`run\`, \`cell\`, \`variant\` | the run, the cell and, in a run over several labs, the lab |
| \`firewall\`, \`to\`, \`scenario\`, \`suite\`, \`security\` | the cell; \`to\` is the firewall that the UE moves to |
| \`outcome\` | of the cell against its expectation |
| \`round\`, \`at\`, \`step\`, \`rung\` | the attempt; \`at\` is the firewall of its network, if the UE has moved |
| \`verdict\`, \`expected\`, \`rule\` | of the attempt; the rule that blocked it, or what did if it was no rule |
| \`name\`, \`value\`, \`unit\`, \`source\` | the measurement |
| \`catalogue\` | the version of the catalogue by which it was measured |

A text that a spreadsheet would take for a formula, since it begins with \`=\`, \`+\`, \`-\` or \`@\`, has an apostrophe before it;
numbers are as they are.

\`--reporter latex\` makes \`tables.tex\`: which step got through, and the measurements, as tables with captions, of which a paper
takes what it needs, or all by \`\\input\`. It needs \`booktabs\` and fonts in T1, and compiles alone, too. \`--reporter svg\` writes
the plots of \`report.html\` as \`plots/*.svg\`.

## How long a UE climbs

With \`--patience rfc\` the tables have a time more: what a UE that climbs (\`--ladder stop\`) waits before the step that gets
through, which is the sum of \`durationMs\` of its attempts that failed before, in the slowest round. It is what
the ladder costs a user, and depends on the timers of SIP most of all: \`--timers rfc\` are those of RFC 3261 (T1 0.5 s, so a
REGISTER without an answer is given up after 32 s), \`--timers 3gpp\` those of TS 24.229 table 7.7.1 (T1 2 s, T2 16 s, T4 17 s;
128 s). With \`--patience evidence\` the lab ends hopeless attempts itself, so it is not measured. P-CSCF and IMS core keep
the timers of RFC 3261.
`;
}
