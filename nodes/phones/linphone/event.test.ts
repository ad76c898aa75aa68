import fc from 'fast-check';
import { EventReader, type DaemonEvent } from './event';

function eventsIn(output: string): DaemonEvent[] {
  const events: DaemonEvent[] = [];
  const reader = new EventReader((event) => events.push(event));
  for (const line of output.split('\n')) reader.take(line);
  return events;
}

it('finds events among prompts, echoes and answers', () => {
  const output = `daemon-linphone>message sip:peer@home hello you
Status: Ok

Id: V5cdL9Hi43


Event-type: message-state-changed

Id: V5cdL9Hi43
State: LinphoneChatMessageStateInProgress


daemon-linphone>
Event-type: message-received

From: sip:peer@home
To: sip:ue-0@home
Id: pta779ikn7d2s91tabp8
Content: "re: hello: you"



Event-type: call-stats

Id: 1
ICE state: Relayed connection
RoundTripDelay: 0.00170898
Recv-fmtp: 
Send-fmtp: maxptime=240;ptime=20


terminate
Status: Ok
`;
  expect(eventsIn(output)).toEqual([
    {
      type: 'message-state-changed',
      fields: { Id: 'V5cdL9Hi43', State: 'LinphoneChatMessageStateInProgress' },
    },
    {
      type: 'message-received',
      fields: {
        From: 'sip:peer@home',
        To: 'sip:ue-0@home',
        Id: 'pta779ikn7d2s91tabp8',
        Content: '"re: hello: you"',
      },
    },
    {
      type: 'call-stats',
      fields: {
        Id: '1',
        'ICE state': 'Relayed connection',
        RoundTripDelay: '0.00170898',
        'Recv-fmtp': '',
        'Send-fmtp': 'maxptime=240;ptime=20',
      },
    },
  ]);
});

it('an event that another one follows at once is told too', () => {
  expect(eventsIn('Event-type: a\n\nId: 1\nEvent-type: b\n\nId: 2\n\n')).toEqual([
    { type: 'a', fields: { Id: '1' } },
    { type: 'b', fields: { Id: '2' } },
  ]);
});

it('takes any output', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom('Event-type: a', 'Id: 1', '', '__proto__: 1'));
  fc.assert(fc.property(fc.array(line), (lines) => void eventsIn(lines.join('\n'))));
});
