/** The beginnings of the lines that the init process answers with on its standard output. */
export const answers = { init: 'init ', features: 'features', ready: 'ready', failed: 'failed ' } as const;
