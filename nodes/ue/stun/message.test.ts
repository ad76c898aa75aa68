import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { requestedTransport } from './attributes';
import { errorIn } from './error-response';
import { StunMessage } from './message';
import type { Kind } from './message';
import type { methods } from './methods';
import { parseMessage } from './parser';

const key = createHash('md5').update('ue:realm:secret').digest();
const id = fc.integer({ min: 0, max: 0xffffffff });
const peer = fc.record({ ip: fc.ipV4(), port: fc.integer({ min: 0, max: 65_535 }) });
const transaction = fc.uint8Array({ minLength: 12, maxLength: 12 }).map(Buffer.from);

/** A message of RFC 6062, signed or not, with what it must carry. */
const message = fc.record({ id, peer, transaction, signed: fc.boolean() }).chain((content) => {
  const { id, peer, transaction } = content;
  return fc
    .constantFrom(
      () => new StunMessage('CONNECT', 'request', transaction).set('XOR-PEER-ADDRESS', peer),
      () => new StunMessage('CONNECT', 'success', transaction).set('CONNECTION-ID', id),
      () => new StunMessage('CONNECTION_BIND', 'request', transaction).set('CONNECTION-ID', id),
      () =>
        new StunMessage('CONNECTION_ATTEMPT', 'indication', transaction)
          .set('CONNECTION-ID', id)
          .set('XOR-PEER-ADDRESS', peer),
    )
    .map((make) => ({ ...content, message: make() }));
});

describe('the messages of RFC 6062', () => {
  it('are read as they were written, signed or not', () => {
    fc.assert(
      fc.property(message, ({ message, id, peer, signed }) => {
        if (signed) message.sign(key);
        message.addFingerprint();
        const read = parseMessage(message.bytes, signed ? key : undefined);
        expect(read?.method).toBe(message.method);
        expect(read?.kind).toBe(message.kind);
        expect(read?.transaction).toEqual(message.transaction);
        expect(read?.names).toEqual(message.names);
        const expected = message.has('CONNECTION-ID') ? id : undefined;
        expect(read && read.get('CONNECTION-ID')).toBe(expected);
        if (message.has('XOR-PEER-ADDRESS')) {
          expect(read && read.get('XOR-PEER-ADDRESS')).toEqual(peer);
        }
      }),
    );
  });

  it('have the layout of the RFC', () => {
    // RFC 6062 6.1, 6.2.1 and RFC 8489 5: type 0x000b, length 8, cookie, transaction; 0x002a, length 4, the id.
    const bind = new StunMessage('CONNECTION_BIND', 'request', Buffer.alloc(12, 1));
    bind.set('CONNECTION-ID', 0x01020304);
    expect(bind.bytes.toString('hex')).toBe(
      `000b0008${'2112a442'}${'01'.repeat(12)}${'002a0004'}${'01020304'}`,
    );
    // The class bits lie between those of the method: 0x000a as success is 0x010a, as error
    // 0x011a; 0x000c as indication 0x001c.
    const typeOf = (method: keyof typeof methods, kind: Kind): number =>
      new StunMessage(method, kind).bytes.readUInt16BE(0);
    expect(typeOf('CONNECT', 'success')).toBe(0x010a);
    expect(typeOf('CONNECT', 'error')).toBe(0x011a);
    expect(typeOf('CONNECTION_ATTEMPT', 'indication')).toBe(0x001c);
    // RFC 6062 4.1: REQUESTED-TRANSPORT with the protocol number of TCP.
    expect(requestedTransport.tcp).toBe(0x06000000);
  });

  it('are refused when CONNECTION-ID has another length', () => {
    const bytes = Buffer.from(
      `010a000c2112a442${'01'.repeat(12)}002a000501020304050000 00`.replace(' ', ''),
      'hex',
    );
    expect(parseMessage(bytes)).toBeUndefined();
  });

  it('are never more than refused, whatever the bytes', () => {
    const altered = fc
      .tuple(message, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }))
      .map(([{ message }, changes]) => {
        const bytes = message.sign(key).addFingerprint().bytes;
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(altered, garbage), (bytes) => {
        for (const read of [parseMessage(bytes), parseMessage(bytes, key)]) {
          if (read === undefined) continue;
          read.get('CONNECTION-ID');
          read.get('XOR-PEER-ADDRESS');
          errorIn(read);
        }
      }),
    );
  });
});

describe('errorIn', () => {
  it('gives the server’s reason, or the RFC’s where it has none, on one line', () => {
    const error = (code: number, reason: string) =>
      errorIn(new StunMessage('CONNECT', 'error').set('ERROR-CODE', { code, reason }));
    expect(error(447, 'no such\r\npeer')).toEqual({ code: 447, reason: 'no such??peer' });
    expect(error(446, '')).toEqual({ code: 446, reason: 'Connection Already Exists' });
    expect(error(699, '')).toEqual({ code: 699, reason: '' });
    expect(errorIn(new StunMessage('CONNECT', 'error'))).toEqual({
      code: 0,
      reason: 'without an error code',
    });
  });
});
