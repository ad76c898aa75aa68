import type { UeTimers } from '../timers';
import type { IncomingInvite, InDialogRequest, Session } from './jssip';

/**
 * Reliable provisional responses (RFC 3262), of which JsSIP knows nothing. Their PRACK goes through JsSIP's early dialog, so
 * that it has the dialog's route and the next number, and what JsSIP sends later has higher ones.
 */

const hasTag = (field: string | undefined, tag: string): boolean =>
  (field ?? '').split(',').some((one) => one.trim().toLowerCase() === tag);

/** Sends PRACK for each provisional response to an INVITE of this end that demands it (RFC 3262 4). */
export function acknowledgeProvisionals(session: Session): void {
  /** The latest RSeq by the tag of the end that sent it, since an INVITE may fork. */
  const latest = new Map<string, number>();
  session.on('progress', (event: unknown) => {
    const { originator, response } = event as { originator: string; response?: ProvisionalResponse };
    if (originator !== 'remote' || !response || !hasTag(response.getHeader('Require'), '100rel')) return;
    const sequence = Number(response.getHeader('RSeq'));
    const tag = response.to_tag;
    const before = latest.get(tag);
    // One that comes again was acknowledged, and one that is out of order is not (RFC 3262 4).
    if (!Number.isInteger(sequence) || (before !== undefined && sequence !== before + 1)) return;
    const dialog = Object.values(session._earlyDialogs).find(({ id }) => id.remote_tag === tag);
    if (dialog === undefined) return;
    latest.set(tag, sequence);
    // The INVITE has its own fate, so that of its PRACK needs no attention.
    const nothing = (): void => undefined;
    dialog.sendRequest('PRACK', {
      extraHeaders: [`RAck: ${sequence} ${response.getHeader('CSeq') ?? ''}`],
      eventHandlers: {
        onSuccessResponse: nothing,
        onErrorResponse: nothing,
        onTransportError: nothing,
        onRequestTimeout: nothing,
        onDialogError: nothing,
      },
    });
  });
}

interface ProvisionalResponse {
  readonly to_tag: string;
  getHeader(name: string): string | undefined;
}

/**
 * Sends the 180 to an INVITE reliably if the caller supports that (RFC 3262 3): again and again until its PRACK comes. It
 * holds no description, so the 200 may leave before that (RFC 3262 5). Call it before JsSIP sends the 180.
 */
export function ringReliably(
  session: Session,
  invite: IncomingInvite,
  { sipT1 }: Pick<UeTimers, 'sipT1'>,
): void {
  const [supported, required] = [invite.getHeader('Supported'), invite.getHeader('Require')];
  if (!hasTag(supported, '100rel') && !hasTag(required, '100rel')) return;
  // RFC 3262 3: the first is drawn below 2^31.
  const sequence = 1 + Math.floor(Math.random() * 1000);
  const reply = invite.reply.bind(invite);
  let timer: NodeJS.Timeout | undefined;
  let isRinging = false;
  const stop = (): void => {
    clearTimeout(timer);
    isRinging = false;
  };
  invite.reply = (code, reason, extraHeaders, ...rest) => {
    if (code >= 200) stop();
    if (code !== 180) return reply(code, reason, extraHeaders, ...rest);
    const ring = (waitMs: number, spentMs: number): void => {
      reply(180, reason, [...(extraHeaders ?? []), 'Require: 100rel', `RSeq: ${sequence}`]);
      timer = setTimeout(() => {
        if (spentMs + waitMs < 64 * sipT1) ring(2 * waitMs, spentMs + waitMs);
        // RFC 3262 3: who never acknowledges is refused.
        else if (!session.isEnded()) session.terminate({ status_code: 504 });
      }, waitMs);
    };
    isRinging = true;
    ring(sipT1, 0);
  };
  for (const event of ['ended', 'failed'] as const) session.on(event, stop);
  const receive = session.receiveRequest.bind(session);
  session.receiveRequest = (request: InDialogRequest) => {
    if (request.method !== 'PRACK') return receive(request);
    const [rseq, cseq, method] = (request.getHeader('RAck') ?? '').split(/\s+/);
    const isOurs = Number(rseq) === sequence && Number(cseq) === invite.cseq && method === 'INVITE';
    // One that comes when the 200 has left is answered as well (RFC 3262 3).
    if (isOurs && isRinging) stop();
    request.reply(isOurs ? 200 : 481);
  };
}
