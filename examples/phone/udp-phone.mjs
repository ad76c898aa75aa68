/**
 * A phone of one's own in plain Node: it registers over UDP, and can do nothing else. It speaks the
 * protocol of nodes/ue/protocol.ts, JSON-RPC 2.0, one JSON text a line, on stdin and stdout. `ue.json`
 * has its address and subscriber.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let nextPort = config.firstPort;
/** A function that ends the attempt, for each attempt that goes on, by its name. */
const running = new Map();

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const now = () => performance.timeOrigin + performance.now();
const md5 = (text) => createHash('md5').update(text).digest('hex');
const failureOf = (code, text) => Object.assign(new Error(text), { failure: { code, text } });

/** Makes an attempt. The report says how it ended, also if it failed. */
async function attempt(request, work) {
  const over = new AbortController();
  running.set(request.attempt, () => over.abort(failureOf('ABANDONED', 'abandoned by the lab')));
  const report = { attempt: request.attempt, startedAt: now(), flows: [], identifiers: [] };
  // The lab has to know each socket, and each identifier that a packet carries, before the first packet leaves.
  const tell = (method, list, what) => {
    list.push({ attempt: request.attempt, ...what });
    say({ method, params: list.at(-1) });
  };
  const witness = {
    flow: (flow) => tell('flow', report.flows, { at: now(), ...flow }),
    identifier: (kind, value) => tell('identifier', report.identifiers, { kind, value }),
  };
  try {
    await work(request, witness, over.signal);
    report.end = 'passed';
  } catch (error) {
    const { failure = { code: 'INTERNAL', text: error.message } } = over.signal.reason ?? error;
    Object.assign(report, { end: failure.code === 'ABANDONED' ? 'abandoned' : 'failed', failure });
  }
  running.delete(request.attempt);
  return { ...report, durationMs: now() - report.startedAt };
}

/** REGISTER with SIP Digest (RFC 3261 10.2 and 22.4). */
async function register({ step, port, subscriber = config.subscriber }, witness, over) {
  const { domain, impi, impu, password } = subscriber;
  const local = { ip: config.address, port: nextPort++ };
  const remote = { ip: config.pcscf.address, port };
  const socket = createSocket('udp4');
  try {
    socket.bind(local.port, local.ip);
    await once(socket, 'listening', { signal: over });
    socket.connect(remote.port, remote.ip);
    await once(socket, 'connect', { signal: over });
    const callId = randomUUID();
    const tag = randomUUID();
    witness.flow({ protocol: 'udp', local, remote });
    witness.identifier('sip-call-id', callId);
    let cseq = 0;
    const send = async (authorization = []) => {
      const branch = `z9hG4bK${randomUUID()}`;
      witness.identifier('sip-branch', branch);
      // In step 1 the UE knows of no NAT, so it sends neither rport (RFC 3581) nor keep (RFC 6223).
      const traversal = step === 1 ? '' : ';rport;keep';
      const lines = [
        `REGISTER sip:${domain} SIP/2.0`,
        `Via: SIP/2.0/UDP ${local.ip}:${local.port};branch=${branch}${traversal}`,
        'Max-Forwards: 70',
        `From: <${impu}>;tag=${tag}`,
        `To: <${impu}>`,
        `Call-ID: ${callId}`,
        `CSeq: ${++cseq} REGISTER`,
        `Contact: <sip:phone@${local.ip}:${local.port}>`,
        'Expires: 60',
        ...authorization,
        'Content-Length: 0',
      ];
      return transaction(socket, `${lines.join('\r\n')}\r\n\r\n`, branch, over);
    };
    let answer = await send();
    if (answer.startsWith('SIP/2.0 401')) answer = await send([digest(answer, domain, impi, password)]);
    const status = answer.slice('SIP/2.0 '.length, answer.indexOf('\r\n'));
    if (!status.startsWith('2')) throw failureOf('SIP_REFUSED', `REGISTER was answered with ${status}`);
  } finally {
    socket.close();
  }
}

/** Writes the answer to a challenge (RFC 2617 3.2.2, with MD5). */
function digest(answer, domain, impi, password) {
  const challenge = /^WWW-Authenticate: (.*)\r$/im.exec(answer)?.[1] ?? '';
  const told = (name) => new RegExp(`\\b${name}="?([^",]+)`, 'i').exec(challenge)?.[1];
  const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map(told);
  const uri = `sip:${domain}`;
  const [cnonce, count] = [randomUUID(), '00000001'];
  const hasQop = told('qop') !== undefined;
  const middle = hasQop ? `${nonce}:${count}:${cnonce}:auth` : nonce;
  const response = md5(`${md5(`${impi}:${realm}:${password}`)}:${middle}:${md5(`REGISTER:${uri}`)}`);
  return [
    `Authorization: Digest username="${impi}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"`,
    ...(hasQop ? [`qop=auth, nc=${count}, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ].join(', ');
}

/**
 * Sends a request again and again until its final response is there (RFC 3261 17.1.2:
 * T1 0.5 s, T2 4 s, timer F 32 s).
 */
async function transaction(socket, text, branch, over) {
  const ended = new AbortController();
  const signal = AbortSignal.any([over, ended.signal]);
  const answered = async () => {
    for (;;) {
      const [data] = await once(socket, 'message', { signal });
      const answer = data.toString();
      if (/^SIP\/2\.0 [2-6]/.test(answer) && answer.includes(branch)) return answer;
    }
  };
  const sent = async () => {
    const until = now() + 32_000;
    for (let interval = 500; now() < until; interval = Math.min(2 * interval, 4_000)) {
      socket.send(text);
      await setTimeout(interval, undefined, { signal });
    }
    throw failureOf('TIMEOUT', 'timer F ran out: no final response to REGISTER');
  };
  try {
    return await Promise.race([answered(), sent()]);
  } catch (error) {
    // The socket fails with a system error when ICMP says that the packet cannot be delivered.
    throw error.syscall ? failureOf('UNREACHABLE', error.message) : error;
  } finally {
    ended.abort();
  }
}

const methods = {
  register: (request) => attempt(request, register),
  abandon: async ({ attempt: name }) => (running.get(name)?.(), null),
};

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  const known = methods[method];
  const said = known
    ? { result: await known(params) }
    : { error: { code: -32601, message: `no method ${method}` } };
  if (id !== undefined) say({ id, ...said });
});
lines.on('close', () => process.exit());
say({
  method: 'ready',
  params: { capabilities: { actions: ['register'], steps: [1, 2], transports: ['udp'] } },
});
