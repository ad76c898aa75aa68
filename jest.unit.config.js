const all = require('./jest.config');

/**
 * What needs nothing but Node: `npm run test:unit`. Left out is what starts a lab (`*.lab.test.ts`) or other programs of
 * the machine (`*.program.test.ts`).
 * @type {import('jest').Config}
 */
module.exports = {
  ...all,
  testPathIgnorePatterns: [...all.testPathIgnorePatterns, '\\.(lab|program)\\.test\\.js$'],
};
