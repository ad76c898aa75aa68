/**
 * The tests run on the output of `tsc -b`, so that they test the code that ships, and only one compiler checks
 * types. The name of a test file says what it needs: `*.lab.test.ts` starts real servers, `*.program.test.ts` other
 * programs of the machine, and all others need only Node (jest.unit.config.js). Tests that need a Docker Engine
 * (`*.docker.test.ts`) are left to jest.docker.config.js.
 * @type {import('jest').Config}
 */
module.exports = {
  testEnvironment: 'node',
  roots: [
    '<rootDir>/dist',
    '<rootDir>/packages/mininet-ts-bridge/dist',
    '<rootDir>/packages/result-page/dist',
  ],
  testMatch: ['**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '\\.docker\\.test\\.js$'],
  setupFiles: ['<rootDir>/jest.no-engine.js'],
  testTimeout: 120_000,
  // Tests spend much time waiting for timers of standards, so two cores can run three files at
  // once; the longest begin first.
  maxWorkers: 3,
  testSequencer: '<rootDir>/jest.sequencer.js',
  // The output of tsc needs no second compiler.
  transform: { '/node_modules/preact/.+\\.mjs$': '<rootDir>/jest.es-module.js' },
  transformIgnorePatterns: [],
};
