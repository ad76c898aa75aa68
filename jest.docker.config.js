/**
 * The tests that need a Docker Engine: `npm run test:docker`. They run one file after the other, because the lab's
 * subnets are fixed and there is one engine.
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config'),
  testMatch: ['**/*.docker.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  setupFiles: [],
  maxWorkers: 1,
  // A lab in containers takes its time to stand, and longer where the processors are shared.
  testTimeout: 300_000,
};
