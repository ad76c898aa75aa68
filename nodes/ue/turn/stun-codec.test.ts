import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { addressIn } from './stun-address';
import {
  Message,
  classes,
  connectionId,
  connectionIdIn,
  errorIn,
  methods,
  parseMessage,
  requestedTransport,
} from './stun-codec';

const key = createHash('md5').update('ue:realm:secret').digest();
const id = fc.integer({ min: 0, max: 0xffffffff });
const peer = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 65_535 }));
const transaction = fc.uint8Array({ minLength: 12, maxLength: 12 }).map(Buffer.from);

/** A message of RFC 6062, signed or not, with what it must carry. */
const message = fc.record({ id, peer, transaction, signed: fc.boolean() }).chain((content) => {
  const { id, peer, transaction } = content;
  return fc
    .constantFrom(
      () => new Message(methods.CONNECT, classes.REQUEST, transaction).setAttribute('XOR-PEER-ADDRESS', peer),
      () => new Message(methods.CONNECT, classes.RESPONSE, transaction).setAttribute(connectionId, id),
      () => new Message(methods.CONNECTION_BIND, classes.REQUEST, transaction).setAttribute(connectionId, id),
      () =>
        new Message(methods.CONNECTION_ATTEMPT, classes.INDICATION, transaction)
          .setAttribute(connectionId, id)
          .setAttribute('XOR-PEER-ADDRESS', peer),
    )
    .map((make) => ({ ...content, message: make() }));
});

describe('the messages of RFC 6062', () => {
  it('are read as they were written, signed or not', () => {
    fc.assert(
      fc.property(message, ({ message, id, peer, signed }) => {
        if (signed) message.addMessageIntegrity(key);
        message.addFingerprint();
        const read = parseMessage(message.bytes, signed ? key : undefined);
        expect(read?.messageMethod).toBe(message.messageMethod);
        expect(read?.messageClass).toBe(message.messageClass);
        expect(read?.transactionId).toEqual(message.transactionId);
        expect(read?.attributesKeys).toEqual(message.attributesKeys);
        const expected = message.attributesKeys.includes(connectionId) ? id : undefined;
        expect(read && connectionIdIn(read)).toBe(expected);
        if (message.attributesKeys.includes('XOR-PEER-ADDRESS')) {
          expect(read && addressIn(read, 'XOR-PEER-ADDRESS')).toEqual({ ip: peer[0], port: peer[1] });
        }
      }),
    );
  });

  it('have the layout of the RFC', () => {
    // RFC 6062 6.1, 6.2.1 and RFC 8489 5: type 0x000b, length 8, cookie, transaction; 0x002a, length 4, the id.
    const bind = new Message(methods.CONNECTION_BIND, classes.REQUEST, Buffer.alloc(12, 1));
    bind.setAttribute(connectionId, 0x01020304);
    expect(bind.bytes.toString('hex')).toBe(
      `000b0008${'2112a442'}${'01'.repeat(12)}${'002a0004'}${'01020304'}`,
    );
    // The class bits lie between those of the method: 0x000a as success is 0x010a, as error 0x011a; 0x000c as indication 0x001c.
    const typeOf = (method: keyof typeof methods, kind: keyof typeof classes): number =>
      new Message(methods[method], classes[kind]).bytes.readUInt16BE(0);
    expect(typeOf('CONNECT', 'RESPONSE')).toBe(0x010a);
    expect(typeOf('CONNECT', 'ERROR')).toBe(0x011a);
    expect(typeOf('CONNECTION_ATTEMPT', 'INDICATION')).toBe(0x001c);
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
        const bytes = message.addMessageIntegrity(key).addFingerprint().bytes;
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(altered, garbage), (bytes) => {
        for (const read of [parseMessage(bytes), parseMessage(bytes, key)]) {
          if (read === undefined) continue;
          connectionIdIn(read);
          addressIn(read, 'XOR-PEER-ADDRESS');
          errorIn(read);
        }
      }),
    );
  });
});

describe('errorIn', () => {
  it('gives the server’s reason, or the RFC’s where it has none, on one line', () => {
    const error = (code: number, reason: string) =>
      errorIn(new Message(methods.CONNECT, classes.ERROR).setAttribute('ERROR-CODE', [code, reason]));
    expect(error(447, 'no such\r\npeer')).toEqual({ code: 447, reason: 'no such??peer' });
    expect(error(446, '')).toEqual({ code: 446, reason: 'Connection Already Exists' });
    expect(error(699, '')).toEqual({ code: 699, reason: '' });
    expect(errorIn(new Message(methods.CONNECT, classes.ERROR))).toEqual({
      code: 0,
      reason: 'without an error code',
    });
  });
});
