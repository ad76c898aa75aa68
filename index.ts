/** nimsfw-lab as a library: docs/library.md has an example of each. */
export { builtInCatalogue as firewalls } from './firewalls/catalogue';
export type { Catalogue, Firewall } from './firewalls/catalogue';
export type { Knobs } from './firewalls/knobs';

export { scenarios } from './scenarios';
export { defineScenario } from './scenarios/scenario';
export type { Scenario, ScenarioContext, ScenePhone } from './scenarios/scenario';
export type { ScenarioOption } from './scenarios/option';
export { registrationRungs, relayRungs } from './ladder';
export type { Rung, Step, SuiteId } from './ladder';

export { defineBox } from './nodes/box';
export type { Box } from './nodes/box';
export { definePhone } from './nodes/phone';
export type { PhoneDeclaration } from './nodes/phone';

export { openLab } from './harness/run/open-lab';
export type { OpenLab, OpenLabOptions } from './harness/run/open-lab';
export type { ExecResult, StartedNode } from './harness/lab/backend';

export { measure } from './harness/run/measure';
export type { Measurement, MeasureOptions } from './harness/run/measure';
export { measureVariants } from './harness/run/measure-variants';
export type { LabVariant, MeasureVariantsOptions } from './harness/run/measure-variants';
export type { EventOf, RunEvent } from './harness/journal/events';
export type {
  AttemptResult,
  CellResult,
  ClaimResult,
  Outcome,
  RunResult,
  Verdict,
} from './harness/judge/result';

export { openRun } from './harness/bundle/open-run';
export type { OpenOptions, OpenRun, RunPart } from './harness/bundle/open-run';
export { readStoredRun as readRun } from './harness/run/stored-result';
export type { StoredRun } from './harness/run/stored-result';
export { rejudge as judge } from './harness/judge/rejudge';

export { defineReporter } from './harness/report/reporter';
export type { Reporter, ReporterContext, ReporterModule } from './harness/report/reporter';
export { toCsv, toJson, toJUnit, toLatex, toMarkdown, toTerminal } from './harness/report';
export {
  measurementCatalogueVersion,
  measurementKind,
  type MeasurementKind,
} from './nodes/ue/measurements/catalogue';

export { LabError } from './harness/lab/lab-error';
export type { ErrorCode } from './harness/lab/error-codes';
