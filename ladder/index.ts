/** The vocabulary of the CR (TR 33.830 clause 8.3): steps, rungs, TLS suites, and the ways of media. */
export * from './ladder';
export * from './media-ways';
export * from './rung';
export * from './suite';
