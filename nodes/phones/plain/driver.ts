import { rungId } from '../../../ladder';
import { told } from '../../outside/environment';
import { AttemptFailure } from '../../ue/failure';
import { nonsense, services, type ServiceRequest, type UeConfig } from '../../ue/protocol';
import { waitingMs } from '../../ue/waiting';
import type { Action, DrivenPhone } from '../driver';
import { ended, startCommand } from './command';

/** The exit status by which a command says that it cannot do what it was asked for. */
const unsupported = 127;

/** The line on its standard output by which a command asks to be called; the peer calls it then. */
const reachableLine = 'nimsfw: reachable';

/** Milliseconds that an attempt may take besides what it has to talk and to wait: more than the timers of SIP. */
const longestMs = 60_000;

/**
 * Drives a plain phone: a command that is run once for each attempt. What it is to do is in its environment, in
 * variables that begin with `NIMSFW_` (docs/boxes.md): those of its place, and those of the attempt. Exit status 0: it
 * got through; 127: it cannot do that; any other: it failed, and the last line that it printed on standard error says
 * why, for a reader. The lab observes its sockets.
 *
 * @param argv the folder that the command is run in, and the command
 */
export function makePlain(config: UeConfig, [folder = '', ...argv]: readonly string[]): DrivenPhone {
  const running = new Set<Promise<unknown>>();
  const run = (action: string, request: ServiceRequest) => {
    const command = startCommand(argv, environmentOf(action, request, config), folder);
    const over = command.over.finally(() => running.delete(over));
    running.add(over);
    return command;
  };
  const play =
    (action: string): Action =>
    async (request, attempt) => {
      const command = run(action, request);
      attempt.closeAtEnd(() => command.end());
      const withinMs = longestMs + waitingMs(request);
      command.onLine((line) => {
        if (line.trim() === reachableLine) attempt.tellReachable(withinMs);
      });
      const { status, how, lastLine } = await ended(command, withinMs);
      if (status === 0) return;
      const text = lastLine === '' ? `the phone ${how}` : lastLine;
      throw new AttemptFailure(status === unsupported ? 'UNSUPPORTED' : 'UNTOLD', text);
    };
  const actions = ['register', 'relay', ...services, nonsense];
  return {
    capabilities: { sockets: 'observed' },
    actions: Object.fromEntries(actions.map((action) => [action, play(action)])),
    settled: () => Promise.all(running),
  };
}

/** Returns the variables by which a plain phone is told of one attempt, besides those of its place. */
export function environmentOf(
  action: string,
  request: ServiceRequest,
  config: UeConfig,
): Record<string, string> {
  const { name, address } = config[request.server];
  const attempt = { ...request, action, via: rungId(request), serverName: name, serverAddress: address };
  const { environment } = told(attempt, '');
  // The folder and its configuration are those of the phone's place, which it inherits.
  const { NIMSFW_FOLDER: _folder, NIMSFW_CONFIG: _config, ...own } = environment;
  return own;
}
