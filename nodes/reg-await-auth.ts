/**
 * The timer reg-await-auth in seconds: how long the network waits for the answer to its challenge, and how long security
 * associations that nobody has registered over are kept (TS 24.229 table 7.8.1).
 */
export const regAwaitAuthSeconds = 240;
