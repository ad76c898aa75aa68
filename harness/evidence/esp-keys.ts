/**
 * Returns the words in place of `tshark` by which it has the keys of security associations from a run's file `esp_sa`. They
 * become options and not a folder of settings, in which tshark would run programs that it finds: a run may be a stranger's.
 *
 * @param spis of the associations, 8 hexadecimal digits each
 */
export const tsharkWithEspKeys = (file: string, spis: readonly string[]): string[] => [
  ...['sh', '-c', `sed -nE "/0x(${spis.join('|')})/s/^/-ouat:esp_sa:/p" "$0" | xargs -d "\\n" tshark "$@"`],
  file,
];

/** Returns the same for all of them, as text for a shell; more of them than fit into one command are an error. */
export const tsharkWithAllEspKeys = (file: string): string =>
  `sed 's/^/-ouat:esp_sa:/' ${file} | xargs -x -s 1500000 -d '\\n' tshark`;
