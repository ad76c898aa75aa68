/**
 * The tests run on what `tsc -b` built, so that what is tested is what ships: one compiler, types checked.
 * By its name a test tells what it takes: `*.lab.test.ts` starts real servers, `*.program.test.ts` other programs of the
 * machine, all others nothing but Node (jest.unit.config.js).
 * What needs a Docker Engine (`*.docker.test.ts`) is left to jest.docker.config.js.
 * @type {import('jest').Config}
 */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist', '<rootDir>/packages/mininet-ts-bridge/dist'],
  testMatch: ['**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '\\.docker\\.test\\.js$'],
  testTimeout: 120_000,
  // Much of the time is spent waiting for timers of standards, so two cores do three files at a time; the longest wait first.
  maxWorkers: 3,
  testSequencer: '<rootDir>/jest.sequencer.js',
  // What tsc wrote needs no second compiler.
  transform: {},
};
