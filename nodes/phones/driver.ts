import { Attempt } from '../ue/attempt';
import { readConfig } from '../ue/config';
import { LocalPorts } from '../ue/dialler/local-ports';
import { messageOf } from '../ue/failure';
import { probe } from '../ue/probe';
import type { Capabilities, ServiceRequest, UeConfig } from '../ue/protocol';
import { abandonIn, LineOutput, probeRequest, serveMethods, serviceRequest } from '../ue/rpc-server';
import { timersOf } from '../ue/timers';

/**
 * Makes one attempt with somebody else's phone. It resolves when the attempt has passed and throws an `AttemptFailure`
 * if not. What it starts it gives to `attempt.closeAtEnd`, because an attempt that the lab abandons ends at once.
 */
export type Action = (request: ServiceRequest, attempt: Attempt) => Promise<void>;

/** Somebody else's phone, as its driver makes it. */
export interface DrivenPhone {
  readonly capabilities: Capabilities;
  /** The actions of the protocol that it has, by method. */
  readonly actions: Readonly<Record<string, Action>>;
  /** Resolves when nothing is left of the attempts that have ended; the report of an attempt waits for it. */
  settled?(): Promise<unknown>;
  /** Ends whatever still runs; called once, when the lab has ended the driver's input. */
  close?(): Promise<void> | void;
}

/**
 * Serves somebody else's phone to the lab over stdin and stdout by the protocol of `nodes/ue/protocol.ts`, until stdin
 * ends. The lab's questions to servers are answered by the driver itself.
 * @param file `ue.json`
 */
export async function drive(
  make: (config: UeConfig) => DrivenPhone | Promise<DrivenPhone>,
  file: string,
): Promise<void> {
  const output = new LineOutput(process.stdout, process.stderr);
  const config = readConfig(file);
  const phone = await make(config);
  const running = new Map<string, Attempt>();
  const makeAttempt = (action: Action) => async (params: unknown) => {
    const request = serviceRequest(params);
    const attempt = new Attempt(request, output.listener());
    running.set(request.attempt, attempt);
    try {
      const report = await attempt.run(() => action(request, attempt));
      await phone.settled?.();
      return report;
    } finally {
      running.delete(request.attempt);
    }
  };
  const access = {
    address: config.address,
    ports: new LocalPorts(config.firstPort),
    trustAnchor: config.trustAnchor,
    timers: timersOf(config.timers),
  };
  output.notify('ready', { capabilities: phone.capabilities });
  await serveMethods(
    {
      ...Object.fromEntries(
        Object.entries(phone.actions).map(([method, action]) => [method, makeAttempt(action)]),
      ),
      probe: (params) => probe(probeRequest(params), config, access),
      abandon: (params) => {
        const { attempt, flow } = abandonIn(params);
        running.get(attempt)?.abandon(flow);
      },
    },
    process.stdin,
    output,
  );
  for (const attempt of running.values()) attempt.abandon();
  await phone.settled?.();
  await phone.close?.();
}

/** Runs a driver as a program. */
export function runDriver(make: Parameters<typeof drive>[0], file: string): void {
  drive(make, file).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exit(1);
    },
  );
}
