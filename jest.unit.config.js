const all = require('./jest.config');

/**
 * The tests that need only Node: `npm run test:unit`. Left out are those that start a lab (`*.lab.test.ts`) or
 * other programs of the machine (`*.program.test.ts`).
 * @type {import('jest').Config}
 */
module.exports = {
  ...all,
  testPathIgnorePatterns: [...all.testPathIgnorePatterns, '\\.(lab|program)\\.test\\.js$'],
};
