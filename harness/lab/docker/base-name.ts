/** What every image of the lab is built upon. */
export const baseImage = 'debian:bookworm-slim';
