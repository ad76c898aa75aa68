import { questionFor } from '../../nodes/ue/dns/message';
import { stun, u16 } from '../evidence/testing/builders';
import { datagramMessage } from './datagram-message';
import { StunNames } from './stun-message';

const ports = [40000, 53];

/** Shows what a datagram is taken for. */
function read(bytes: Buffer | string, ends: readonly number[] = [40000, 40001]): string {
  const message = datagramMessage(Buffer.from(bytes as string, 'latin1'), new StunNames(), ends);
  return [message.protocol, ...(message.within ?? []), message.label].join(' ');
}

/** An answer of the DNS (RFC 1035 4.1): the question again, and one address for its name. */
function answerTo(question: Buffer, flags: number, address?: string): Buffer {
  const header = Buffer.concat([
    question.subarray(0, 2),
    u16(flags),
    u16(1),
    u16(address === undefined ? 0 : 1),
    u16(0),
    u16(0),
  ]);
  const record = Buffer.concat([
    Buffer.from('c00c00010001000000010004', 'hex'),
    Buffer.from((address ?? '').split('.').map(Number)),
  ]);
  return Buffer.concat([header, question.subarray(12), ...(address === undefined ? [] : [record])]);
}

test('questions and answers of the DNS', () => {
  const question = questionFor('pcscf.example', 7);
  expect(read(question, ports)).toBe('dns A? pcscf.example');
  expect(read(answerTo(question, 0x8180, '198.19.0.10'), ports)).toBe('dns 198.19.0.10');
  expect(read(answerTo(question, 0x8183), ports)).toBe('dns no such name');
  expect(read(answerTo(question, 0x8180), ports)).toBe('dns no address');
  expect(read(question.subarray(0, 20), ports)).toBe('dns DNS');
  expect(read(Buffer.from([1, 2]), ports)).toBe('dns DNS');
});

/** A record of DTLS 1.2 (RFC 6347 4.1). */
const dtls = (type: number, epoch: number, content: number[]): Buffer =>
  Buffer.concat([
    Buffer.from([type, 0xfe, 0xfd]),
    u16(epoch),
    Buffer.alloc(6),
    u16(content.length),
    Buffer.from(content),
  ]);

test('DTLS, as far as it is in the clear', () => {
  expect(read(dtls(22, 0, [1, 0, 0, 0]))).toBe('dtls ClientHello');
  expect(read(Buffer.concat([dtls(22, 0, [16, 0]), dtls(20, 0, [1]), dtls(22, 1, [99, 9])]))).toBe(
    'dtls ClientKeyExchange, ChangeCipherSpec, encrypted handshake message',
  );
  expect(read(dtls(23, 1, [7]))).toBe('dtls application data');
  expect(read(Buffer.from([22, 0xfe, 0xfd]))).toBe('other data');
});

test('media, on one port with their control (RFC 5761 4), also through a channel', () => {
  const rtp = (payloadType: number): Buffer =>
    Buffer.concat([Buffer.from([0x80, payloadType, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), Buffer.alloc(4)]);
  expect(read(rtp(0))).toBe('rtp RTP PCMU');
  expect(read(rtp(111))).toBe('rtp RTP payload type 111');
  expect(read(rtp(17))).toBe('other data');
  expect(read(Buffer.from([0x80, 200, 0, 1, 0, 0, 0, 1]))).toBe('rtp RTCP');
  const channel = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0x40, 0]), u16(data.length), data]);
  expect(read(channel(rtp(8)))).toBe('rtp turn RTP PCMA');
  expect(read(channel(stun(1, '00'.repeat(12))))).toBe('stun turn Binding request');
  expect(read(channel(Buffer.from('echo')))).toBe('turn ChannelData');
});

test('an error of STUN with its code', () => {
  const code = Buffer.from('0009000400000401', 'hex');
  expect(read(stun(0x113, '00'.repeat(12), code))).toBe('turn Allocate error response 401');
});

test('the rest', () => {
  expect(read('OPTIONS sip:a SIP/2.0\r\n\r\n')).toBe('sip OPTIONS');
  expect(read('\r\n\r\n')).toBe('sip CRLF');
  expect(read('')).toBe('other empty datagram');
  expect(read('\0')).toBe('other data');
  expect(read('PING')).toBe('other data');
});
