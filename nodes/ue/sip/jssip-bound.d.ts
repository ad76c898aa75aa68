/**
 * The exports of JsSIP, with a browser's names for WebRTC bound to those of `session-connection.ts`. The
 * build makes this module (`bin/setup/bundle.mjs`), because JsSIP otherwise looks for these names only
 * among the globals of the process.
 */
export { C, Grammar, UA } from 'jssip';

/** JsSIP's timers in milliseconds, which it has in common for all its user agents. */
export const Timers: Record<string, number>;
