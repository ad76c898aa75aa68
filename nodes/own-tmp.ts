/** Runs the rest of an argv with an empty `/tmp` that is gone with it. All nodes share that of the machine otherwise. */
export const withOwnTmp = [
  ...['unshare', '--mount'],
  ...['sh', '-c', 'mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /tmp && exec "$@"', 'sh'],
];
