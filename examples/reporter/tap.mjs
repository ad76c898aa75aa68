/**
 * Shows a run in the Test Anything Protocol (TAP version 13, https://testanything.org), with a line for each cell
 * when it ends. Use it as `--reporter ./tap.mjs` with `run`, `report` and `merge`.
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
      // TAP counts what is skipped as ok, and a phone that cannot try a scenario is no failure.
      const isOk = outcome === 'expected' || outcome === 'unsupported';
      const skipped = outcome === 'unsupported' ? ' # SKIP the phone cannot try it' : '';
      write(`${isOk ? 'ok' : 'not ok'} ${++ended} - ${id}: ${through}${skipped}\n`);
    },
    // A cell that never ended has no line; a reader of TAP notices that because the plan counts it.
    onEnd: ({ run }) => (run.interrupted ? write('Bail out! the run ended early\n') : undefined),
  };
};
