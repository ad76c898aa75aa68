import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';

/** The GUID of RFC 6455 1.3. */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Opens a WebSocket for SIP (RFC 7118) over a connection, and sends each text as one frame. It knows only what tests need:
 * frames that are whole and of less than 64 KiB.
 * @param take takes each message of the server
 * @returns sends a message
 * @throws Error if the server does not upgrade the connection; the text is its status line
 */
export async function openWebSocket(
  socket: TLSSocket,
  host: string,
  take: (message: string) => void,
): Promise<(message: string) => void> {
  const key = randomBytes(16).toString('base64');
  socket.write(
    [
      'GET / HTTP/1.1',
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: sip',
      '',
      '',
    ].join('\r\n'),
  );
  let received = Buffer.alloc(0);
  while (!received.includes('\r\n\r\n')) {
    const [data] = (await once(socket, 'data')) as [Buffer];
    received = Buffer.concat([received, data]);
  }
  const end = received.indexOf('\r\n\r\n') + 4;
  const head = received.toString('latin1', 0, end);
  const [statusLine = ''] = head.split('\r\n');
  const accepted = createHash('sha1')
    .update(key + guid)
    .digest('base64');
  if (!statusLine.includes(' 101 ')) throw new Error(statusLine);
  if (!head.includes(accepted)) throw new Error('the server did not accept the key');
  received = received.subarray(end);
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (let frame = frameIn(received); frame !== undefined; frame = frameIn(received)) {
      received = received.subarray(frame.end);
      if (frame.opcode === 1 || frame.opcode === 2) take(frame.payload.toString());
    }
  });
  return (message) => void socket.write(maskedFrame(Buffer.from(message)));
}

/** Returns the first frame of a server, which is not masked; undefined if it is not all there. */
function frameIn(data: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (data.length < 4) return undefined;
  const isLong = (data[1]! & 0x7f) === 126;
  const begin = isLong ? 4 : 2;
  const end = begin + (isLong ? data.readUInt16BE(2) : data[1]! & 0x7f);
  return data.length < end ? undefined : { opcode: data[0]! & 0x0f, payload: data.subarray(begin, end), end };
}

/** Writes a text frame as a client does, masked (RFC 6455 5.3). */
function maskedFrame(payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const length = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([length, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)]);
}
