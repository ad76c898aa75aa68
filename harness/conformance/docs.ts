import { scenarios } from '../../scenarios';
import { omissions } from './omissions';
import { topics } from './rules';

/** Writes docs/conformance.md. */
export function conformancePage(): string {
  return `# Conformance

What the phone, the P-CSCF and the core say to each other is held against the standards:

\`\`\`sh
npx nimsfw run all --out out
npx nimsfw conformance out
\`\`\`

The command reads the captures of a run with Debian's \`tshark\` (\`nimsfw doctor\` says whether it is there): what went in and out
at each UE, and what went between the P-CSCF and the core. Each message is held against every rule that is about it, whatever
phone sent it: for a vendor's phone ([extending.md](extending.md)) the rules about UEs are the same. It lists each rule with
how often it held and was broken, the first packets in which it was broken, and the command that shows them; \`--json\` is for
programs. What no message was about is \`not seen\`. Exit status: 0 if no MUST and no SHALL is broken, 1 if one is, 2 if
nothing was seen, 3 for what is no run. A broken SHOULD is told, and no more.

A rule is an entry in \`harness/conformance/rules/\`; a test beside it breaks it. This page is made by \`npm run docs\` of these
entries, of \`harness/conformance/omissions.ts\` and of the scenarios' declarations.

## What each scenario plays

${table(
  ['scenario', 'what', 'clauses'],
  scenarios.map(({ id, title, source }) => [`\`${id}\``, title, source]),
)}

## What is left out, and why

${table(
  ['left out', 'clauses', 'why'],
  omissions.map(({ what, clause, why }) => [what, clause, why]),
)}

## The rules

The numbers of clauses that are marked with ° are from memory and were not looked up in the standard's text.

${topics
  .map(
    ({ title, rules }) =>
      `### ${title}\n\n${table(
        ['rule', 'clause', 'level', 'what it says'],
        rules.map(({ id, clause, isLookedUp, level, says }) => [
          `\`${id}\``,
          `${clause}${isLookedUp ? '' : '°'}`,
          level,
          says,
        ]),
      )}`,
  )
  .join('\n\n')}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
