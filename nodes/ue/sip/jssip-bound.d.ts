/**
 * JsSIP as it is exported, with a browser's names for WebRTC bound to those of `session-connection.ts`. The build makes it
 * (`bin/setup/bundle.mjs`): JsSIP finds them nowhere else but among the globals of the process.
 */
export { C, Grammar, UA } from 'jssip';
