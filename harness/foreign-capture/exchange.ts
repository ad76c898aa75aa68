import { duration, plural } from '../../kit/words';
import type { Message } from '../sequence/message';

/** A message between the UE and a server. */
export interface Said {
  readonly from: 'ue' | 'server';
  readonly at: number;
  readonly message: Message;
}

/** What an exchange came to. */
export interface Outcome {
  readonly events: readonly string[];
  readonly isThrough: boolean;
  readonly isSilent: boolean;
  readonly unknown: readonly string[];
}

/** The requests of one method, and what came back. */
interface Asked {
  readonly name: string;
  readonly times: number[];
  readonly answers: { readonly at: number; readonly code: number; readonly words: string }[];
}

/**
 * Reads how a server answered the SIP or TURN of a UE. A challenge (401, 407) is not the end: what counts is whether the
 * request with credentials was granted.
 * @param isSealed true if it went on in what cannot be read
 */
export function exchangeOf(said: readonly Said[], isSealed = false): Outcome {
  const asked = new Map<string, Asked>();
  const came = new Map<string, number>();
  for (const { from, at, message } of said) {
    const part = partOf(message);
    if (!part) continue;
    const { method, answer } = part;
    if (answer === undefined && from === 'server') came.set(method, (came.get(method) ?? 0) + 1);
    if (answer === undefined && from === 'ue') {
      const known = asked.get(method) ?? { name: method, times: [], answers: [] };
      asked.set(method, known);
      known.times.push(at);
    }
    if (answer !== undefined && from === 'server') asked.get(method)?.answers.push({ at, ...answer });
  }
  const all = [...asked.values()].filter(({ name }) => name !== 'ACK');
  const events = all.map((one) => eventOf(one, isSealed));
  for (const [method, count] of came) events.push(`${plural(count, method)} came from the network`);
  const isThrough = all.some(({ answers }) => answers.some(({ code }) => code >= 200 && code < 300));
  const isRegistered = asked.get('REGISTER')?.answers.some(({ code }) => code >= 200 && code < 300) === true;
  return {
    events,
    isThrough,
    isSilent: all.some(({ answers, times }) => answers.every(({ at }) => at < times.at(-1)!)) && !isThrough,
    unknown:
      isRegistered && !came.has('NOTIFY')
        ? ['whether the network can reach the UE: no NOTIFY of its registration came']
        : [],
  };
}

interface Part {
  readonly method: string;
  readonly answer?: { readonly code: number; readonly words: string };
}

/** Returns the method of a request, or of the request that a response answers; undefined for anything else. */
function partOf({ protocol, label, text = '' }: Message): Part | undefined {
  if (protocol === 'sip') {
    const [, code] = /^(\d{3})\b/.exec(label) ?? [];
    if (code === undefined) return /^[A-Z]+$/.test(label) ? { method: label } : undefined;
    const [, method = 'a request'] = /^CSeq\s*:\s*\d+\s+([A-Z]+)/im.exec(text) ?? [];
    return { method, answer: { code: Number(code), words: label } };
  }
  if (protocol !== 'turn') return undefined;
  const [, method, kind, code] =
    /^(\S+) (request|success response|error response)(?: (\d+))?$/.exec(label) ?? [];
  if (method === undefined) return undefined;
  const name = `${method} request`;
  if (kind === 'request') return { method: name };
  return kind === 'success response'
    ? { method: name, answer: { code: 200, words: 'success' } }
    : { method: name, answer: { code: Number(code ?? 400), words: `error ${code ?? ''}`.trim() } };
}

const isChallenge = (code: number): boolean => code === 401 || code === 407;

function eventOf({ name, times, answers }: Asked, isSealed: boolean): string {
  const final = answers.filter(({ code }) => code >= 200);
  const granted = final.find(({ code }) => code < 300);
  // Later ones belong to a request that was sent when the first was granted, such as one that de-registers.
  const challenges = final.filter(({ code, at }) => isChallenge(code) && at <= (granted?.at ?? Infinity));
  const refused = final.findLast(({ code }) => code >= 300 && !isChallenge(code));
  const challenged = `${name} was challenged ${timesOf(challenges.length)} (401 or 407)`;
  if (granted) {
    const after = `answered ${granted.words} ${duration(granted.at - times[0]!)} after the first was sent`;
    return challenges.length > 0 ? `${challenged}, then ${after}` : `${name} was ${after}`;
  }
  if (refused) return `${name} was refused with ${refused.words}`;
  const last = answers.at(-1);
  if (last === undefined) return `no answer came to ${name}, sent ${sentWords(times)}`;
  if (challenges.length === 0) return `no final answer came to ${name}, only ${last.words}`;
  if (last.at < times.at(-1)!) return `${challenged}, and no answer came to the ${name} after that`;
  return isSealed ? challenged : `${challenged}, and never granted`;
}

const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Says how often something was sent and within what time: `3 times within 3.0 s`. */
export function sentWords(times: readonly number[]): string {
  const within = times.length > 1 ? ` within ${duration(times.at(-1)! - times[0]!)}` : '';
  return `${timesOf(times.length)}${within}`;
}
