import type { PageAttempt, PageCell, PageData, PageHop } from '../data';
import { droppedRegister, hops, registerByConnect, registerText } from './sequence-fixture';

/** Cells as a run has them: of type 3, where a SIP port is closed, and of type 8, where a proxy is mandatory. */

const startedAt = Date.UTC(2026, 10, 29, 10, 18);
const ue3: PageHop = { id: 'ue-3', kind: 'ue' };
const fw3: PageHop = { id: 'fw-3', kind: 'firewall' };

export const droppedAttempt: PageAttempt = {
  ...{
    id: '3/register/aes/1-udp:5060',
    round: 1,
    step: 1,
    rung: 'UDP 5060',
    verdict: 'blocked',
    expected: 'blocked',
  },
  reason: 'fw-3 denied SIP REGISTER: the SIP ports 5060 and 5061 [sip-ports]',
  explanation:
    'REGISTER, UDP 10.89.3.2:32771 to 198.19.0.10:5060, dropped at fw-3 by `sip-ports` 0.2 ms after it was sent; step 2 began 9 ms after that.',
  ...{ startedAt, durationMs: 32_000.4, path: [ue3, fw3, hops.pcscf, hops.core], endedAt: 1 },
  sequence: droppedRegister(),
  denied: [
    {
      ...{ firewall: 'fw-3', rule: 'sip-ports', at: startedAt + 0.5, count: 7 },
      packet: 'SIP REGISTER, UDP 10.89.3.2:32771 to 198.19.0.10:5060',
      decoded: registerText('UDP', 1).trim().split('\r\n'),
      ...{ capture: 'captures/3-denied.pcap', frame: 19 },
    },
  ],
  tls: [],
  measurements: [{ name: 'tls-connections', value: 0, unit: '' }],
  evidence: ['The UE waited for an answer until timer F fired.'],
  captures: [
    { title: 'UE side', path: 'captures/3-ue-side.pcap', isThere: true },
    { title: 'denied', path: 'captures/3-denied.pcap', isThere: false },
  ],
};

export const passedAttempt: PageAttempt = {
  ...{ id: '8/register/aes/3-connect:443', round: 1, step: 3, rung: 'TLS 443 by CONNECT' },
  ...{ verdict: 'passed', expected: 'passed', reason: 'registered', startedAt, durationMs: 52.1 },
  explanation: 'Registered over TLS on port 443 by CONNECT, 47.6 ms after it began.',
  path: [hops.ue, hops.proxy, hops.firewall, hops.pcscf, hops.core],
  endedAt: 4,
  sequence: registerByConnect(),
  denied: [],
  tls: [
    {
      connection: '10.89.8.2:32772 to pcscf:443, by CONNECT',
      version: 'TLSv1.2',
      suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
      handshakeEnded: true,
      bytesBeforeHandshakeEnd: 0,
    },
  ],
  measurements: [
    { name: 'tls-connections', value: 1, unit: '' },
    { name: 'tls-setup-full', value: 9.1, unit: 'ms' },
  ],
  evidence: ['The proxy served 1 CONNECT for 1 TCP connection.'],
  captures: [{ title: 'UE side', path: 'captures/8-ue-side.pcap', isThere: true }],
};

const attemptOf = (attempt: PageAttempt, cell: string, changes: Partial<PageAttempt>): PageAttempt => ({
  ...attempt,
  ...changes,
  id: `${cell}/${changes.step ?? attempt.step}-${(changes.rung ?? attempt.rung).replaceAll(' ', '-')}`,
});

/** Step 1 was dropped, with the RFCs' timers; step 3 got through, directly. */
export const portsClosed: PageCell = {
  ...{ id: '3/register/aes', firewall: '3', scenario: 'register', suite: 'aes', outcome: 'expected' },
  ...{ traversedAt: 3, expected: 3, brief: '' },
  explanation:
    'Step 3 got through: registered over TLS on port 443 after rule `sip-ports` had dropped steps 1 and 2.',
  command: 'npx nimsfw run register --firewall 3 --suite aes',
  attempts: [
    droppedAttempt,
    attemptOf(droppedAttempt, '3/register/aes', { step: 2 }),
    attemptOf(passedAttempt, '3/register/aes', {
      rung: 'TLS 443',
      path: [ue3, fw3, hops.pcscf, hops.core],
      endedAt: 3,
    }),
  ],
};

/** It passed by CONNECT, as expected. */
export const byConnect: PageCell = {
  ...{ id: '8/register/aes', firewall: '8', scenario: 'register', suite: 'aes', outcome: 'expected' },
  ...{ traversedAt: 3, expected: 3, brief: '' },
  explanation: 'Step 3 got through by CONNECT.',
  command: 'npx nimsfw run register --firewall 8 --suite aes',
  attempts: [passedAttempt],
};

/** The page that has these cells. */
export function cellPage(changes: Partial<PageData> = {}): PageData {
  return {
    run: {
      ...{ id: '2026-11-29T10-18-00', startedAt, durationMs: 3400, isOver: true, isInterrupted: false },
      command: 'npx nimsfw run register --firewall 3,8 --suite aes',
      summary: '2 cells: 2 expected',
      isAsExpected: true,
    },
    ...{ notes: [], warnings: [], facts: [], variants: [], claims: [] },
    firewalls: [
      {
        ...{ id: '3', title: 'no SIP ports', source: 'reconstruction', confidence: 'content likely' },
        rules: [
          {
            id: 'sip-ports',
            statement: 'the SIP ports 5060 and 5061',
            nft: 'udp dport { 5060, 5061 } goto deny-sip-ports\ntcp dport { 5060, 5061 } goto deny-sip-ports',
          },
        ],
      },
      {
        id: '8',
        title: 'mandatory web proxy',
        source: 'reconstruction',
        confidence: 'content likely',
        rules: [],
      },
    ],
    scenarios: [{ id: 'register', title: 'registration' }],
    suites: [{ id: 'aes', title: 'AES-128-CBC' }],
    steps: [1, 2, 3].map((step) => ({ step, title: ['normal', 'NAT traversal', 'TLS on 443'][step - 1]! })),
    cells: [portsClosed, byConnect],
    measurements: [
      {
        ...{ name: 'tls-setup-full', unit: 'ms', howMeasured: 'by packets' },
        definition: "from the ClientHello until the server's last handshake message",
      },
    ],
    ...changes,
  };
}
