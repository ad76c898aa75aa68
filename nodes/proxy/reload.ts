/** How a running proxy is made to read its configuration again, and how one knows that it has. */
export interface Reload {
  /** The program's name, for the message if it does not. */
  readonly program: string;
  readonly folder: string;
  /** The signal at which it reads its configuration. */
  readonly signal: 'HUP' | 'USR1';
  /** The file with the id of its process, relative to its folder. */
  readonly pidFile: string;
  /** The log in which it says so, relative to its folder. */
  readonly log: string;
  /** A pattern of grep for the line that it then writes. */
  readonly says: string;
}

/** Returns the command that makes a running proxy read its configuration again. Open tunnels go on as they were. */
export function reloaded({ program, folder, signal, pidFile, log, says }: Reload): string[][] {
  const said = `grep -c '${says}' "$1/${log}"`;
  const script = `before=$(${said} || true)
kill -${signal} "$(cat "$1/${pidFile}")"
tries=0
until [ "$(${said})" -gt "$before" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 400 ]; then echo 'waited 20 s for ${program} to listen again, in vain' >&2; exit 1; fi
  sleep 0.05
done`;
  return [['sh', '-ec', script, 'reload', folder]];
}
