/** The text of the script of `page.ts` with JsSIP, for a browser. The build makes this module (`bin/setup/bundle.mjs`). */
export const pageScript: string;
