/** The line by which the SCC AS says that it is ready. */
export const readyText = 'nimsfw: scc-as is ready';
