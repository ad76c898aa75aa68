/** The image on which every image of the lab is built. */
export const baseImage = 'debian:bookworm-slim';
