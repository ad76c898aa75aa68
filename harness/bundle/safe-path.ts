/** Longest path of a file in a bundle, and longest name in such a path, in bytes of UTF-8. */
const longestPath = 512;
const longestName = 255;

/**
 * Says whether a path can only lead to a file below the folder that it is relative to. It has no name that leads up or
 * nowhere, no root, no backslash, which is a separator elsewhere, and no character that a file system or a terminal
 * takes for something else: no control, nothing that turns the direction of writing, no separator of lines.
 */
export function isSafePath(path: string): boolean {
  if (path === '' || Buffer.byteLength(path) > longestPath) return false;
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\\]|(?![\u200c\u200d])\p{Cf}/u.test(path)) return false;
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= longestName);
}
