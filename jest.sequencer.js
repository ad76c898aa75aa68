const { default: Sequencer } = require('@jest/test-sequencer');

/** Kinds of test files by how long they take, the longest first, so that the whole is done soonest. */
const kinds = [/patience\.lab\.test/, /\.lab\.test/, /\.program\.test/, /./];

/** Runs the files that wait longest first, whether or not jest remembers how long each file took. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const kindOf = ({ path }) => kinds.findIndex((kind) => kind.test(path));
    return super.sort(tests).sort((a, b) => kindOf(a) - kindOf(b));
  }
};
