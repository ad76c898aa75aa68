import { SessionTable } from './session-table';

const [alice, bob] = ['sip:alice@ims.example', 'sip:bob@ims.example'];
const dialog = (callId: string, localTag = 'l', remoteTag = 'r') => ({ callId, localTag, remoteTag });
const session = (user: string, token: string) => ({ user, sti: `sip:sti-${token}@198.18.0.30:5060` });

const [one, two] = [session(alice, '1'), session(alice, '2')];
let table: SessionTable<{ user: string; sti: string }>;

beforeEach(() => {
  table = new SessionTable();
  table.early(dialog('one'), one);
  table.confirmed(dialog('one'), one);
  table.confirmed(dialog('two'), two);
});

it('finds a session by its access leg, by its dynamic STI, and by both', () => {
  expect(table.named({ dialog: dialog('one'), sti: undefined }, alice)).toBe(one);
  expect(table.named({ dialog: undefined, sti: two.sti }, alice)).toBe(two);
  expect(table.named({ dialog: dialog('two'), sti: two.sti }, alice)).toBe(two);
});

it.each([
  ['another Call-ID', dialog('three'), undefined],
  ['another tag of ours', dialog('one', 'x'), undefined],
  ['the tags the wrong way round', dialog('one', 'r', 'l'), undefined],
  ['another session than that of the STI', dialog('one'), two.sti],
  ['an unknown STI', undefined, 'sip:sti-3@198.18.0.30:5060'],
  ['nothing', undefined, undefined],
])('refuses %s with 480', (_, named, sti) =>
  expect(() => table.named({ dialog: named, sti }, alice)).toThrow('480 No Such Session To Transfer'),
);

it.each([
  ['somebody else', bob],
  ['nobody', undefined],
])('refuses %s with 403', (_, user) => {
  expect(() => table.named({ dialog: dialog('one'), sti: undefined }, user)).toThrow(
    "403 Another User's Session",
  );
  expect(() => table.named({ dialog: undefined, sti: one.sti }, user)).toThrow("403 Another User's Session");
});

it('refuses an early dialog with 480, and tells nobody else that it is there', () => {
  const third = session(alice, '3');
  table.early(dialog('three'), third);
  const named = { dialog: dialog('three'), sti: undefined };
  expect(() => table.named(named, alice)).toThrow('480 Session Not Established Yet');
  expect(() => table.named(named, bob)).toThrow("403 Another User's Session");
  table.confirmed(dialog('three'), third);
  // A provisional response that comes late changes nothing.
  table.early(dialog('three'), third);
  expect(table.named(named, alice)).toBe(third);
});

it('knows a session by the new leg alone once the old one is released', () => {
  table.confirmed(dialog('new'), one);
  table.forget(dialog('one'));
  expect(table.named({ dialog: dialog('new'), sti: undefined }, alice)).toBe(one);
  expect(() => table.named({ dialog: dialog('one'), sti: undefined }, alice)).toThrow('480 ');
  expect(table.size).toBe(2);
  table.remove(one);
  expect(table.size).toBe(1);
  expect(() => table.named({ dialog: dialog('new'), sti: undefined }, alice)).toThrow('480 ');
});
