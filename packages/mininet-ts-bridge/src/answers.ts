/** What the init process answers by, one line each, on its standard output. */
export const answers = { init: 'init ', features: 'features', ready: 'ready', failed: 'failed ' } as const;
