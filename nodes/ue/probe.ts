import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Access } from './dialler/dialler';
import { openTcp } from './dialler/tcp';
import { openUdp } from './dialler/udp-channel';
import { asFailure } from './failure';
import type { Endpoint, ProbeRequest, UeConfig } from './protocol';
import { keyOf, statusOf } from './sip/sip-text';
import { rfcTimers } from './timers';
import { TurnAllocation } from './turn/allocation';

/** How long one try may take, and the pause before the next; milliseconds. */
const tryMs = 1000;
const betweenMs = 50;

/**
 * Asks a server of the lab until it answers.
 * @throws Error when `withinMs` has passed; it says what was awaited and how the last try failed
 */
export async function probe(request: ProbeRequest, config: UeConfig, access: Access): Promise<void> {
  const { kind, at, withinMs } = request;
  const deadline = performance.now() + withinMs;
  let last = 'no answer';
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0)
      throw new Error(`waited ${withinMs} ms for ${at.ip}:${at.port} to answer (${kind}), in vain: ${last}`);
    const limit = AbortSignal.timeout(Math.ceil(Math.min(left, tryMs)));
    try {
      await tryOnce(kind, at, config, access, limit);
      return;
    } catch (error) {
      last = limit.aborted ? 'no answer' : asFailure(error).message;
    }
    await pause(Math.max(0, Math.min(betweenMs, deadline - performance.now())));
  }
}

function tryOnce(
  kind: ProbeRequest['kind'],
  at: Endpoint,
  config: UeConfig,
  access: Access,
  limit: AbortSignal,
): Promise<void> {
  switch (kind) {
    case 'tcp':
      return tryTcp(at, access, limit);
    case 'sip-options':
      return trySip('OPTIONS', `sip:${at.ip}:${at.port}`, at, access, limit);
    case 'sip-register':
      return trySip('REGISTER', `sip:${config.subscriber.domain}`, at, access, limit);
    case 'turn-allocate':
      return tryTurn(at, config, access, limit);
  }
}

async function tryTcp(at: Endpoint, access: Access, limit: AbortSignal): Promise<void> {
  const { socket } = await openTcp(
    access.address,
    access.ports,
    at,
    () => undefined,
    (opened) => onAbort(limit, () => opened.destroy()),
  );
  socket.destroy();
}

/**
 * Sends a SIP request and waits for any final response. OPTIONS is answered by the server that is asked (RFC 3261
 * 11). The REGISTER registers nobody, but is answered by the registrar behind that server: at once and by itself, since nobody knows
 * the extension that it requires (RFC 3261 8.2.2.3). Of an HSS that hangs it says nothing.
 */
async function trySip(
  method: 'OPTIONS' | 'REGISTER',
  uri: string,
  at: Endpoint,
  access: Access,
  limit: AbortSignal,
): Promise<void> {
  const channel = await openUdp(access.address, access.ports, at, () => undefined);
  const id = randomBytes(8).toString('hex');
  const { ip, port } = channel.local;
  const options = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ip}:${port};branch=z9hG4bK${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:probe@${ip}>;tag=${id}`,
    method === 'REGISTER' ? `To: <sip:probe@${ip}>` : `To: <${uri}>`,
    `Call-ID: ${id}@${ip}`,
    `CSeq: 1 ${method}`,
    ...(method === 'REGISTER' ? ['Require: x-nimsfw-check-up'] : []),
    'Content-Length: 0',
  ];
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort(limit, () => reject(new Error('no answer')));
      channel.listen({
        data: (data) => {
          const text = data.toString('utf8');
          if ((statusOf(text)?.code ?? 0) >= 200 && keyOf(text)?.branch === `z9hG4bK${id}`) resolve();
        },
        lost: reject,
      });
      channel.send(Buffer.from(`${options.join('\r\n')}\r\n\r\n`));
    });
  } finally {
    channel.destroy();
  }
}

async function tryTurn(at: Endpoint, config: UeConfig, access: Access, limit: AbortSignal): Promise<void> {
  const ignore = (): void => undefined;
  const allocation = await TurnAllocation.allocate({
    channel: await openUdp(access.address, access.ports, at, ignore),
    credentials: config.turn,
    // The RFC's interval is too long here, as a server that is starting up should be asked often.
    timers: { ...rfcTimers, stunRto: 100 },
    attempt: { tellIdentifier: ignore, note: ignore, closeAtEnd: (close) => onAbort(limit, close) },
    transport: 'udp',
    data: ignore,
    lost: ignore,
  });
  await allocation.release();
}

function onAbort(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}
