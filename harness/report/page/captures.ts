import type { PageCapture } from 'nimsfw-result-page';
import { captureNames, coreCaptureName, networkCaptureName } from '../../evidence/capture-names';
import type { AttemptResult, CellResult, RunResult } from '../../judge/result';
import type { RunFiles } from './run-files';

/**
 * Returns the captures that have the packets of an attempt, the one for people first.
 * @param folder that of the attempt's run, relative to the page: empty, or ending in a slash
 */
export function pageCaptures(
  { at }: AttemptResult,
  { firewall }: CellResult,
  { run }: Pick<RunResult, 'run'>,
  files: RunFiles,
  folder: string,
): PageCapture[] {
  const network = at ?? firewall;
  const known = run.firewalls.find(({ id }) => id === network);
  if (!known) return [];
  const names = captureNames(known);
  const found = (title: string, name: string): PageCapture => {
    const path = `${folder}${name}`;
    return { title, path, isThere: files.isThere(path) };
  };
  const all = [
    found('all of them, decrypted', networkCaptureName(network)),
    found('at the UE', names.ue),
    found("on the core's side of the firewall", names.core),
    found('what the firewall denied', names.denied),
    ...(names.proxy === undefined ? [] : [found('at the proxy', names.proxy)]),
    found('between P-CSCF and IMS core', coreCaptureName),
  ];
  // Of a firewall that logs nothing there is no capture of what it denied, and the two sides of it instead.
  const sides = [
    found('before the firewall', names.sides.inside),
    found('behind the firewall', names.sides.outside),
  ].filter(({ isThere }) => isThere);
  return [...all, ...sides];
}
