import { hopOf } from './digest-security';
import { fromWire, toWire } from './wire-format';
import type { Step } from '../../../ladder';
import type { WireContext } from './wire-format';

/** As JsSIP 3.13 writes it. */
const written = (contact: string) =>
  [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/TLS 10.89.1.2;branch=z9hG4bK42',
    'Max-Forwards: 69',
    `Contact: ${contact}`,
    'Supported: path,gruu,outbound',
    'Content-Length: 6',
    '',
    ';ob\r\n;',
  ].join('\r\n');
const instance = '+sip.instance="<urn:uuid:1>"';
const asWritten = written(`<sip:alice@10.89.1.2:32768>;+sip.ice;reg-id=1;${instance};expires=600`);

const answer = (status: string, cseq: string, tag: string) =>
  `SIP/2.0 ${status}\r\nTo: <sip:a@b>${tag}\r\nCSeq: ${cseq}\r\nContent-Length: 0\r\n\r\n`;

const local = { ip: '10.89.1.2', port: 32_768 };
const context = (step: Step, transport: WireContext['transport']): WireContext => ({
  ...hopOf({ transport, local }, step),
  transport,
  branchSuffix: '.ab',
  extensions: ['100rel'],
});

describe('toWire', () => {
  it('writes the security agreement in every request but ACK and CANCEL (RFC 3329, RFC 3261 8.2.2.3)', () => {
    const agreement = ['Security-Verify: x', 'Require: sec-agree', 'Proxy-Require: sec-agree'];
    const agreed = { ...context(1, 'udp'), rport: false, agreement };
    const register = toWire(asWritten, agreed);
    expect(register).toContain('\r\nSupported: path,gruu,sec-agree\r\n');
    expect(register).toContain(`\r\n${agreement.join('\r\n')}\r\n\r\n`);
    expect(register).toContain(';branch=z9hG4bK42.ab;keep\r\n');
    for (const method of ['ACK', 'CANCEL'])
      expect(toWire(asWritten.replaceAll('REGISTER', method), agreed)).not.toContain('sec-agree');
    expect(toWire(answer('200 OK', '1 INVITE', ';tag=2'), agreed)).not.toContain('sec-agree');
  });

  it('writes step 1 with rport and keep but without outbound, and leaves the body alone', () => {
    expect(toWire(asWritten, context(1, 'udp'))).toBe(
      written(`<sip:alice@10.89.1.2:32768>;${instance};expires=600`)
        .replace('TLS 10.89.1.2;branch=z9hG4bK42', 'UDP 10.89.1.2:32768;branch=z9hG4bK42.ab;rport;keep')
        .replace('path,gruu,outbound', 'path,gruu'),
    );
  });

  it('asks for rport and keep, in a stream too (RFC 3581, RFC 6223)', () => {
    expect(toWire(asWritten, context(2, 'udp'))).toBe(
      asWritten.replace(
        'TLS 10.89.1.2;branch=z9hG4bK42',
        'UDP 10.89.1.2:32768;branch=z9hG4bK42.ab;rport;keep',
      ),
    );
    expect(toWire(asWritten, context(3, 'tls'))).toContain(
      'Via: SIP/2.0/TLS 10.89.1.2:32768;branch=z9hG4bK42.ab;rport;keep\r\n',
    );
  });

  it.each([
    ['a REGISTER in the clear', asWritten, 'udp', false],
    ['a REGISTER in TLS', asWritten, 'tls', true],
    ...['SUBSCRIBE', 'INVITE', 'MESSAGE', 'BYE'].map(
      (method) => [`a ${method}`, asWritten.replaceAll('REGISTER', method), 'udp', true] as const,
    ),
    ['an ACK', asWritten.replaceAll('REGISTER', 'ACK'), 'tls', false],
    ['a CANCEL', asWritten.replaceAll('REGISTER', 'CANCEL'), 'tls', false],
    ['a response in a dialog', answer('180 Ringing', '1 INVITE', ';tag=2'), 'udp', true],
    ['a response before there is one', answer('100 Trying', '1 INVITE', ''), 'udp', false],
    ['the answer to a CANCEL', answer('200 OK', '1 CANCEL', ';tag=2'), 'udp', false],
    ['the answer to a message', answer('200 OK', '1 MESSAGE', ';tag=2'), 'udp', false],
  ] as const)(
    'tells of the access network, or not, in %s (TS 24.229 5.1.2A.1.1)',
    (_, text, transport, tells) => {
      const [head, body] = toWire(text, context(2, transport)).split('\r\n\r\n');
      expect(head!.split('\r\n').filter((line) => line === 'P-Access-Network-Info: IEEE-802.3')).toHaveLength(
        tells ? 1 : 0,
      );
      expect(body).toBe(text.split('\r\n\r\n')[1]);
    },
  );

  it('takes ob from the Contact of a dialog in step 1, and an empty Supported away', () => {
    const invite = written('<sip:alice@10.89.1.2:32768;ob>').replace('path,gruu,outbound', 'outbound');
    const sent = toWire(invite, context(1, 'udp'));
    expect(sent).toContain('Contact: <sip:alice@10.89.1.2:32768>\r\n');
    expect(sent).not.toContain('Supported');
    const called = toWire(
      invite.replace('Supported: outbound', 'Supported: ice,replaces,outbound'),
      context(1, 'udp'),
    );
    expect(called).toContain('Supported: replaces\r\n');
    expect(toWire(invite, context(2, 'udp'))).toContain('Contact: <sip:alice@10.89.1.2:32768;ob>\r\n');
  });

  it("leaves responses as they are: their Via is the other side's", () => {
    const response =
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bK42\r\nContent-Length: 3\r\n\r\nv=0';
    expect(toWire(response, context(2, 'udp'))).toBe(response);
  });

  it('gives a response the Content-Length that JsSIP forgets in its earliest refusals', () => {
    const response = 'SIP/2.0 416 Unsupported URI Scheme\r\nCSeq: 1 INVITE\r\n';
    expect(toWire(`${response}\r\n`, context(3, 'tls'))).toBe(`${response}Content-Length: 0\r\n\r\n`);
  });
});

describe('fromWire', () => {
  it('gives JsSIP its own branch back', () => {
    const response = 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4:1;branch=z9hG4bK42.ab;rport=5\r\n\r\n';
    expect(fromWire(response, context(2, 'udp'))).toBe(response.replace('.ab', ''));
    const request = 'OPTIONS sip:a@b.ab SIP/2.0\r\n\r\n';
    expect(fromWire(request, context(2, 'udp'))).toBe(request);
  });
});
