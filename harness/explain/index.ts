/** Why attempts and cells ended as they did, in words. */
export { briefOf } from './brief';
export { explainAttempt, type Around } from './explain-attempt';
export { explainCell, type AroundCell } from './explain-cell';
export { rungTitle } from './rung-title';
