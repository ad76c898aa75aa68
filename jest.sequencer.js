const { default: Sequencer } = require('@jest/test-sequencer');

/** Files by how long they take, the longest first: the whole is then done soonest. */
const kinds = [/patience\.lab\.test/, /\.lab\.test/, /\.program\.test/, /./];

/** What waits longest begins first, whether or not jest remembers how long each file took. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const kindOf = ({ path }) => kinds.findIndex((kind) => kind.test(path));
    return super.sort(tests).sort((a, b) => kindOf(a) - kindOf(b));
  }
};
