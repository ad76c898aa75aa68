import { udp } from './builders';

export const pcscfAtCore = { ip: '198.18.0.10', port: 5060 };
const imsCore = { ip: '198.18.0.20', port: 5060 };

/** What a test can change of {@link coreExchange}. */
export const exchange = {
  /** What the P-CSCF added to the Via of the UE (RFC 3581). */
  received: ';received=198.19.1.1;rport=50001',
  target: 'sip:ue-1@10.89.1.2:32768',
  route: '<sip:198.18.0.10;lr>',
  answer: '500 No Route To The UE' as string | undefined,
  branch: 'z9hG4bKcore',
  answerBranch: undefined as string | undefined,
};

/** The packets between P-CSCF and core of a subscription whose NOTIFY has no way to the UE. */
export function coreExchange(with_ = exchange): Buffer[] {
  const message = (...lines: string[]): string => [...lines, 'Call-ID: call-1', '', ''].join('\r\n');
  const ofUe = `Via: SIP/2.0/UDP 10.89.1.2:32768;branch=z9hG4bKue;keep=30${with_.received || ';rport=32768'}`;
  const ofPcscf = 'Via: SIP/2.0/UDP 198.18.0.10;branch=z9hG4bKpcscf';
  const subscribe = message('SUBSCRIBE sip:ue-1@ims.example SIP/2.0', ofPcscf, ofUe, 'CSeq: 1 SUBSCRIBE');
  const ok = message('SIP/2.0 200 OK', ofPcscf, ofUe, 'CSeq: 1 SUBSCRIBE');
  const notify = message(
    `NOTIFY ${with_.target} SIP/2.0`,
    `Via: SIP/2.0/UDP 198.18.0.20;branch=${with_.branch}`,
    `Route: ${with_.route}`,
    'CSeq: 1 NOTIFY',
  );
  const answer = message(
    `SIP/2.0 ${with_.answer}`,
    `Via: SIP/2.0/UDP 198.18.0.20;branch=${with_.answerBranch ?? with_.branch}`,
    'CSeq: 1 NOTIFY',
  );
  return [
    udp(pcscfAtCore, imsCore, subscribe),
    udp(imsCore, pcscfAtCore, ok),
    udp(imsCore, pcscfAtCore, notify),
    ...(with_.answer === undefined ? [] : [udp(pcscfAtCore, imsCore, answer)]),
  ];
}
