const { transformSync } = require('esbuild');

/**
 * Preact ships ES modules only. Node 20.19 and newer can require them; jest's own module system cannot before Node 24.9.
 * @type {import('jest').SyncTransformer}
 */
module.exports = {
  process: (source) => transformSync(source, { format: 'cjs', target: 'node20', sourcemap: 'inline' }),
};
