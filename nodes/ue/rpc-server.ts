import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  JSONRPCErrorCode,
  JSONRPCErrorException,
  JSONRPCServer,
  createJSONRPCNotification,
} from 'json-rpc-2.0';
import type { UeListener } from './attempt';
import { serviceNames } from './capabilities';
import { messageOf } from './failure';
import { securities, servers, steps, suiteIds, throughs, transports, type Rung } from '../../ladder';
import type {
  Abandon,
  AttemptRequest,
  Endpoint,
  ProbeRequest,
  ServiceRequest,
  Subscriber,
  Transfer,
  WayProtocol,
} from './protocol';
import type { Ue } from './ue';

/** The UE's output: one JSON text a line. As long as the reader keeps up, it is written before the call returns. */
export class LineOutput {
  constructor(
    private readonly lines: Writable,
    private readonly log: Writable,
  ) {}

  /** Sends a notification to the lab. */
  notify(method: string, params?: unknown): void {
    this.write(createJSONRPCNotification(method, params));
  }

  write(message: unknown): void {
    this.lines.write(`${JSON.stringify(message)}\n`);
  }

  /** Writes one line for a human. */
  note(text: string): void {
    this.log.write(`${text}\n`);
  }

  /** Returns a listener that sends on as notifications what attempts announce. */
  listener(): UeListener {
    return {
      flow: (flow) => this.notify('flow', flow),
      identifier: (identifier) => this.notify('identifier', identifier),
      keylog: (keyLog) => this.notify('keylog', keyLog),
      espSa: (espSa) => this.notify('esp-sa', espSa),
      reachable: (reachable) => this.notify('reachable', reachable),
      talking: (talking) => this.notify('talking', talking),
      note: (text) => this.note(text),
    };
  }
}

/** A method of the protocol by name. What it returns is the result, or `null` if it returns nothing. */
export type Methods = Readonly<Record<string, (params: unknown) => unknown>>;

/** Serves methods to the lab until the input ends. @param output takes the answers */
export async function serveMethods(methods: Methods, input: Readable, output: LineOutput): Promise<void> {
  const server = new JSONRPCServer({
    errorListener: (message, data) => output.note(`${message}: ${messageOf(data)}`),
  });
  for (const [name, method] of Object.entries(methods)) {
    server.addMethod(name, async (params: unknown) => (await method(params)) ?? null);
  }
  for await (const line of createInterface({ input })) {
    if (line.trim() !== '') void answer(server, line, output);
  }
}

/** The methods of the reference UE. */
export const methodsOf = (ue: Ue): Methods => ({
  register: (params) => ue.register(serviceRequest(params)),
  relay: (params) => ue.relay(attemptRequest(params)),
  ...Object.fromEntries(
    serviceNames.map((service) => [service, (params: unknown) => ue.serve(service, serviceRequest(params))]),
  ),
  attend: () => ue.otherEnd.attend(),
  invite: (params) =>
    ue.otherEnd.invite({ to: text(params, 'to'), answerWithinMs: number(params, 'answerWithinMs') }),
  arrivals: (params) => ue.otherEnd.arrivals({ from: text(params, 'from') }),
  probe: (params) => ue.probe(probeRequest(params)),
  abandon: (params) => ue.abandon(abandonIn(params)),
});

async function answer(server: JSONRPCServer, line: string, output: LineOutput): Promise<void> {
  try {
    const response = await server.receiveJSON(line);
    if (response !== null) output.write(response);
  } catch (error) {
    output.note(`cannot answer: ${messageOf(error)}`);
  }
}

/**
 * Checks parameters by hand and not by the protocol's schemas, because zod would double the
 * time that the UE takes to start.
 */
function attemptRequest(params: unknown): AttemptRequest {
  const attempt = fieldOf(params, 'attempt');
  if (typeof attempt !== 'string') throw invalid('attempt');
  return {
    attempt,
    ...rungIn(params),
    suite: oneOf(suiteIds, params, 'suite'),
  };
}

function rungIn(params: unknown): Rung {
  return {
    step: oneOf(steps, params, 'step'),
    via: text(params, 'via'),
    server: oneOf(servers, params, 'server'),
    transport: oneOf(transports, params, 'transport'),
    port: number(params, 'port'),
    through: oneOf(throughs, params, 'through'),
    security: oneOf(securities, params, 'security'),
  };
}

/** @throws JSONRPCErrorException if it names no attempt; an empty name only asks whether the phone still reads */
export function abandonIn(params: unknown): Abandon {
  return { attempt: text(params, 'attempt'), ...flowIn(params) };
}

const protocols: readonly WayProtocol[] = ['udp', 'tcp', 'esp'];

function flowIn(params: unknown): Pick<Abandon, 'flow'> {
  const flow = fieldOf(params, 'flow');
  if (flow === undefined) return {};
  const protocol = oneOf(protocols, flow, 'protocol');
  return { flow: { protocol, local: endpointIn(flow, 'local'), remote: endpointIn(flow, 'remote') } };
}

/** Checks of the parameters besides the rung only their types, because they are the lab's own. */
export function serviceRequest(params: unknown): ServiceRequest {
  const numbers = ['mediaMs', 'bytes', 'idleMs', 'idleTimes'] as const;
  const given = numbers.filter((name) => fieldOf(params, name) !== undefined);
  const transfers = record(params, 'transfers') as Transfer | undefined;
  const subscriber = subscriberIn(params);
  return {
    ...attemptRequest(params),
    ...Object.fromEntries(given.map((name) => [name, number(params, name)])),
    ...(transfers ? { transfers } : {}),
    ...(subscriber ? { subscriber } : {}),
  };
}

/** Returns the subscriber, whose card is a record within the record; undefined if none is given. */
function subscriberIn(params: unknown): Subscriber | undefined {
  const given = fieldOf(params, 'subscriber');
  const card = record(given, 'card');
  const isCarded = card !== undefined && typeof given === 'object' && given !== null;
  const flat = isCarded ? { ...given, card: '' } : given;
  const subscriber = record({ subscriber: flat }, 'subscriber');
  return subscriber && ({ ...subscriber, ...(card ? { card } : {}) } as unknown as Subscriber);
}

function text(params: unknown, name: string): string {
  const value = fieldOf(params, name);
  if (typeof value !== 'string') throw invalid(name);
  return value;
}

function number(params: unknown, name: string): number {
  const value = fieldOf(params, name);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(name);
  return value;
}

/** Returns a parameter that is an object of texts; undefined if it is not given. */
function record(params: unknown, name: string): Record<string, string> | undefined {
  const value = fieldOf(params, name);
  if (value === undefined) return undefined;
  const isRecord =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((field) => typeof field === 'string');
  if (!isRecord) throw invalid(name);
  return value as Record<string, string>;
}

const probeKinds: readonly ProbeRequest['kind'][] = ['sip-options', 'sip-register', 'turn-allocate', 'tcp'];

export function probeRequest(params: unknown): ProbeRequest {
  const at = endpointIn(params, 'at');
  const withinMs = fieldOf(params, 'withinMs');
  if (typeof withinMs !== 'number') throw invalid('withinMs');
  return { kind: oneOf(probeKinds, params, 'kind'), at, withinMs };
}

function endpointIn(params: unknown, name: string): Endpoint {
  const value = fieldOf(params, name);
  const ip = fieldOf(value, 'ip');
  const port = fieldOf(value, 'port');
  if (typeof ip !== 'string' || typeof port !== 'number') throw invalid(name);
  return { ip, port };
}

function oneOf<T>(known: readonly T[], params: unknown, name: string): T {
  const value = fieldOf(params, name);
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name);
  return found;
}

function fieldOf(params: unknown, name: string): unknown {
  return typeof params === 'object' && params !== null
    ? (params as Record<string, unknown>)[name]
    : undefined;
}

function invalid(name: string): JSONRPCErrorException {
  return new JSONRPCErrorException(
    `the parameter ${name} is missing or wrong`,
    JSONRPCErrorCode.InvalidParams,
  );
}
