import { cpus, release, totalmem } from 'node:os';

/** The machine that figures were measured on, in a line: without it they mean nothing. */
export function machineLine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${gib} GiB, Linux ${release()}, Node ${process.version}`;
}
