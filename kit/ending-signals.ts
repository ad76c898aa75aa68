/** The signals that end a command: from Ctrl-C, a supervisor, or a terminal that is closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
