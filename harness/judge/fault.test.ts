import { attempt } from '../report/result-fixture';
import { faultOf } from './fault';

const passed = attempt('3 tls:443', 'passed');
const blocked = attempt('3 tls:443', 'blocked');
const failed = attempt('3 tls:443', 'failed', { expected: 'passed' });

it.each([
  ['what got through as expected is no fault', passed, [passed], undefined],
  ['what was refused as expected is the firewall', blocked, [blocked], 'firewall'],
  ['what only the reference UE gets through is the phone', failed, [passed], 'phone'],
  [
    'what gets through where the reference UE is refused is the phone',
    { ...passed, expected: 'blocked' as const },
    [blocked],
    'phone',
  ],
  ['what the reference UE does not get through either is another box', failed, [failed], 'other-box'],
  [
    'another rung of the reference UE says nothing',
    failed,
    [attempt('2 tls:5061', 'passed')],
    'phone-or-other-box',
  ],
  ['without the reference UE it is open', failed, undefined, 'phone-or-other-box'],
  [
    'what the reference UE cannot do says nothing',
    failed,
    [attempt('3 tls:443', 'unsupported')],
    'phone-or-other-box',
  ],
  ['what the phone has not got is no failure', attempt('3 tls:443', 'unsupported'), [passed], 'cannot'],
  ['what could not be judged is nobody', attempt('3 tls:443', 'inconclusive'), [passed], undefined],
] as const)('%s', (_, one, ofReference, fault) => {
  expect(faultOf(one, ofReference)).toBe(fault);
});
