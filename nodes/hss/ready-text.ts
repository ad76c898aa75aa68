/** The line by which the HSS says that it is ready. */
export const readyText = 'nimsfw: hss is ready';
