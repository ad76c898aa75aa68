/**
 * Imports go one way (docs/design.md), whatever a single file would like:
 * cli -> run -> {scenarios, judge, report, lab, plan, evidence} -> nodes -> {ladder, topologies, firewalls}; the kit
 * imports nothing of the project.
 */
const test = '\\.test\\.tsx?$|-fixture\\.ts$|/testing/';
const all = [
  'kit',
  'ladder',
  'topologies',
  'firewalls',
  'nodes',
  'scenarios',
  'harness/(?!cli)[^/]+',
  'harness/cli',
  'bench',
  'examples',
  'deploy',
  'packages/result-page/src',
];

/** What a folder may import of the project, besides itself and the kit; both as the beginning of a path. */
const allowed = {
  kit: [],
  'packages/result-page': [],
  ladder: [],
  topologies: [],
  firewalls: [],
  nodes: ['ladder', 'topologies', 'firewalls'],
  scenarios: ['ladder', 'nodes/ue'],
  'harness/plan': ['harness/lab/lab-error', 'ladder', 'firewalls', 'nodes', 'scenarios'],
  'harness/evidence': ['nodes', 'firewalls', 'ladder'],
  'harness/judge': ['harness/evidence', 'harness/plan', 'scenarios', 'ladder', 'firewalls', 'nodes'],
  'harness/journal': ['harness/judge', 'harness/evidence', 'harness/lab/lab-error', 'nodes'],
  'harness/sequence': ['harness/evidence', 'harness/judge', 'harness/lab/lab-error', 'topologies', 'nodes'],
  'harness/explain': [
    ...[
      'harness/judge',
      'harness/plan/find-cells',
      'harness/evidence',
      'harness/bundle/safe-path',
      'harness/sequence',
      'harness/report/words',
      'harness/report/paragraph',
      'harness/lab/lab-error',
    ],
    ...['ladder', 'nodes', 'firewalls'],
  ],
  'harness/live': [
    ...['harness/judge', 'harness/journal', 'harness/report', 'harness/lab/lab-error'],
    'packages/result-page',
  ],
  'harness/foreign-capture': [
    'harness/evidence',
    'harness/sequence',
    'harness/lab/lab-error',
    'harness/report/paragraph',
    'ladder',
    'nodes/ue',
  ],
  'harness/report': [
    'scenarios',
    'harness/evidence',
    'harness/explain',
    'harness/sequence',
    'packages/result-page',
    'harness/judge',
    'harness/journal',
    'harness/plan',
    'harness/lab/lab-error',
    'ladder',
    'nodes',
    'firewalls',
  ],
  'harness/compare': [
    ...['harness/judge', 'harness/evidence', 'harness/report', 'harness/lab/lab-error'],
    ...['ladder', 'firewalls', 'packages/result-page'],
  ],
  'harness/lab': ['ladder', 'nodes', 'topologies', 'firewalls', 'packages/mininet-ts-bridge'],
  'harness/machine': ['harness/lab', 'nodes', 'firewalls', 'topologies', 'packages/mininet-ts-bridge'],
  'harness/run': [
    ...['harness/judge', 'harness/journal', 'harness/report', 'harness/lab', 'harness/machine'],
    ...['harness/plan', 'harness/evidence'],
    ...['scenarios', 'nodes', 'ladder', 'topologies', 'firewalls'],
  ],
  'harness/recheck': [
    ...['harness/bundle', 'harness/evidence', 'harness/judge', 'harness/journal', 'harness/run'],
    ...['harness/lab/lab-error', 'harness/plan/cell-id', 'scenarios', 'ladder', 'firewalls', 'nodes'],
  ],
  'harness/rerun': [
    ...['harness/run', 'harness/judge', 'harness/plan', 'harness/lab/lab-error'],
    ...['scenarios', 'nodes', 'ladder', 'firewalls'],
  ],
  'harness/bundle': [
    ...['harness/judge', 'harness/evidence', 'harness/journal', 'harness/run'],
    'harness/lab/lab-error',
  ],
  'harness/conformance': [
    ...[
      'harness/bundle',
      'harness/judge',
      'harness/run',
      'harness/lab',
      'harness/machine',
      'harness/evidence',
    ],
    ...['scenarios', 'nodes', 'topologies', 'firewalls'],
  ],
};

const own = `^(?:${all.join('|')}|packages/)`;

const directions = Object.entries(allowed).map(([from, to]) => ({
  name: `from-${from.replace('/', '-')}`,
  comment: `${from} may import of the project, besides the kit: ${to.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: test },
  to: {
    path: own,
    pathNot: [from, ...(from === 'kit' || from.startsWith('packages/') ? [] : ['kit']), ...to].map(
      (path) => `^${path}(?:[./]|$)`,
    ),
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'no-cycles',
      comment: 'What imports each other cannot be understood one after the other',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nobody-imports-the-command-line',
      severity: 'error',
      from: { path: '^(?!harness/cli/)', pathNot: test },
      to: { path: '^harness/cli/' },
    },
    {
      name: 'only-tests-import-tests',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'no-development-dependencies',
      comment: 'What ships may not need what is only installed for developing',
      severity: 'error',
      from: {
        path: '^(kit|ladder|topologies|firewalls|nodes|scenarios|harness|packages/result-page/src)/',
        pathNot: test,
      },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        pathNot: '^node:',
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^packages/mininet-ts-bridge/' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
