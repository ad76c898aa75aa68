import type { Socket } from 'node:net';
import { AttemptFailure, socketFailure } from '../failure';
import type { UeConfig } from '../protocol';
import { ConnectReplyParser } from './connect-reply';
import type { ConnectReply } from './connect-reply';

export type ProxyConfig = NonNullable<UeConfig['proxy']>;

/**
 * Asks a web proxy for a tunnel over an open connection (RFC 9110 clause 9.3.6). It resolves when the tunnel is
 * open; the socket then carries the tunnel's bytes.
 * @param authority `host:port` of the server
 * @throws AttemptFailure with a `PROXY_...` code for the proxy's answer, or `CONNECTION_LOST` if none came
 */
export function requestTunnel(
  socket: Socket,
  what: string,
  authority: string,
  credentials: ProxyConfig['credentials'],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = new ConnectReplyParser();
    const finish = (): void => {
      socket.off('data', onData);
      socket.off('error', onError);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      // The socket pauses until the tunnel's user reads, so that no bytes are lost meanwhile.
      socket.pause();
    };
    const onData = (chunk: Buffer): void => {
      const reply = parser.push(chunk);
      if (reply === undefined) return;
      finish();
      if (reply.kind === 'broken') {
        reject(new AttemptFailure('PROXY_PROTOCOL', `CONNECT ${authority}: ${reply.reason}`));
      } else if (reply.status < 200 || reply.status >= 300) {
        reject(tunnelRefusal(reply, authority, credentials));
      } else {
        if (reply.rest.length > 0) socket.unshift(reply.rest);
        resolve();
      }
    };
    const onError = (error: Error): void => {
      finish();
      reject(socketFailure(what, error));
    };
    const onEnd = (): void => {
      finish();
      const reply = parser.end();
      const lost = `${what}: closed before it answered CONNECT ${authority}`;
      if (reply?.kind === 'reply') reject(tunnelRefusal(reply, authority, credentials));
      else reject(new AttemptFailure('CONNECTION_LOST', reply ? `${lost}: ${reply.reason}` : lost));
    };
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.write(connectRequest(authority, credentials));
  });
}

function connectRequest(authority: string, credentials: ProxyConfig['credentials']): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== undefined) {
    // This is Basic authentication with UTF-8 (RFC 7617).
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64');
    lines.push(`Proxy-Authorization: Basic ${pair}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Turns an answer that opens no tunnel into a failure. */
export function tunnelRefusal(
  {
    status,
    reason,
    schemes,
  }: Pick<Extract<ConnectReply, { kind: 'reply' }>, 'status' | 'reason' | 'schemes'>,
  authority: string,
  credentials: ProxyConfig['credentials'],
): AttemptFailure {
  const text = `CONNECT ${authority}: the proxy answered ${`${status} ${reason}`.trim()}`;
  switch (status) {
    case 407:
      return new AttemptFailure('PROXY_AUTHENTICATION', `${text}; ${demand(schemes, credentials)}`);
    case 403:
      return new AttemptFailure('PROXY_REFUSED', text);
    default:
      // Proxies that could not connect answer with any of these (RFC 9110 15.6), tinyproxy with 500.
      return new AttemptFailure(status >= 500 ? 'PROXY_BAD_GATEWAY' : 'PROXY_PROTOCOL', text);
  }
}

/** Says in words what a 407 asks for, and why this UE did not satisfy it. */
function demand(schemes: readonly string[], credentials: ProxyConfig['credentials']): string {
  if (schemes.length === 0) return 'it names no authentication scheme';
  const asked = `it asks for ${schemes.join(' or ')}`;
  if (!schemes.some((name) => name.toLowerCase() === 'basic')) return `${asked}, this UE has Basic only`;
  return `${asked}, ${credentials ? 'and the credentials are wrong' : 'and no credentials are configured'}`;
}
