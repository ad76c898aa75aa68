/**
 * Shows a run as the Test Anything Protocol (TAP version 13, https://testanything.org): a line for each cell as it ends.
 * Used as `--reporter ./tap.mjs`, with `run`, `report` and `merge` alike.
 *
 * @type {import('nimsfw-lab').ReporterModule}
 */
export default ({ write }) => {
  let ended = 0;
  return {
    onEvent(event) {
      if (event.type === 'run-began') return void write(`TAP version 13\n1..${event.cells.length}\n`);
      if (event.type !== 'cell-ended') return;
      const { id, outcome, traversedAt } = event.cell;
      const through = traversedAt === null ? 'nothing got through' : `got through at step ${traversedAt}`;
      write(`${outcome === 'expected' ? 'ok' : 'not ok'} ${++ended} - ${id}: ${through}\n`);
    },
    // A cell that never ended is told by the plan: TAP's reader misses its line.
    onEnd: ({ run }) => (run.interrupted ? write('Bail out! the run ended early\n') : undefined),
  };
};
