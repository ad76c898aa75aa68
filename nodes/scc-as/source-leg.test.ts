import fc from 'fast-check';
import { sourceLegOf } from './source-leg';

const named = { callId: 'a@b', localTag: 'ours', remoteTag: 'theirs' };
const replaces = 'a@b;to-tag=ours;from-tag=theirs';
const targetDialog = 'a@b;local-tag=ours;remote-tag=theirs';

it.each([
  ['Replaces (RFC 3891 3)', { replaces }],
  ['Target-Dialog (RFC 4538 7)', { targetDialog }],
  ['both', { replaces, targetDialog }],
  ['other order, spaces and parameters', { targetDialog: ' a@b ; REMOTE-TAG = theirs;x=y; local-tag=ours ' }],
  ['Replaces for early dialogs only', { replaces: `${replaces};early-only` }],
])('is read from %s', (_, fields) => expect(sourceLegOf(fields)).toEqual(named));

it('is none where no field names one', () => expect(sourceLegOf({})).toBeUndefined());

it.each([
  ['no tags', { targetDialog: 'a@b' }],
  ['one tag', { replaces: 'a@b;to-tag=ours' }],
  ['the tags of the other header field', { targetDialog: replaces }],
  ['no Call-ID', { replaces: ';to-tag=ours;from-tag=theirs' }],
  ['a tag without a value', { replaces: 'a@b;to-tag=;from-tag=theirs' }],
  ['nothing', { replaces: '' }],
  ['two different dialogs', { replaces, targetDialog: targetDialog.replace('ours', 'other') }],
  ['one that can be read and one that cannot', { replaces, targetDialog: 'x' }],
])('cannot be read from %s', (_, fields) => expect(sourceLegOf(fields)).toBe('unreadable'));

it('never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const leg = sourceLegOf({ replaces: one, targetDialog: other });
      expect(leg === 'unreadable' || leg?.callId !== '').toBe(true);
    }),
  );
});
