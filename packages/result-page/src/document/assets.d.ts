/** The script of the page, in one file with all that it imports. The build writes the module (`bin/setup/bundle.mjs`). */
export const pageScript: string;

/** Its style sheet, in one file likewise. */
export const pageStyle: string;
