import { keyOfDialog, type DialogId } from '../ue/session';

/** The header fields of a transferring INVITE that name the source access leg. */
export interface SourceLegFields {
  readonly replaces?: string | undefined;
  readonly targetDialog?: string | undefined;
}

/**
 * Reads which dialog a transferring INVITE names as its source access leg (TS 24.237 10.2), as this end sees that
 * dialog. Both header fields name the tags from the view of who gets the request: `to-tag` of Replaces (RFC 3891 3)
 * and `local-tag` of Target-Dialog (RFC 4538 7) are this end's.
 * @returns undefined if it names none; `unreadable` if a field is no dialog, or both are there and differ
 */
export function sourceLegOf({
  replaces,
  targetDialog,
}: SourceLegFields): DialogId | 'unreadable' | undefined {
  const named = [
    ...(replaces === undefined ? [] : [dialogOf(replaces, 'to-tag', 'from-tag')]),
    ...(targetDialog === undefined ? [] : [dialogOf(targetDialog, 'local-tag', 'remote-tag')]),
  ];
  const [first, second] = named;
  if (first === undefined && named.length === 0) return undefined;
  if (first === undefined || (named.length === 2 && second === undefined)) return 'unreadable';
  return second === undefined || keyOfDialog(first) === keyOfDialog(second) ? first : 'unreadable';
}

function dialogOf(field: string, local: string, remote: string): DialogId | undefined {
  const [callId = '', ...parameters] = field.split(';').map((part) => part.trim());
  const tags = new Map(
    parameters.map((parameter) => {
      const [name = '', value = ''] = parameter.split('=', 2).map((part) => part.trim());
      return [name.toLowerCase(), value];
    }),
  );
  const [localTag, remoteTag] = [tags.get(local), tags.get(remote)];
  if (!isWord(callId) || !isWord(localTag) || !isWord(remoteTag)) return undefined;
  return { callId, localTag, remoteTag };
}

const isWord = (text: string | undefined): text is string => text !== undefined && /^[^\s,;=]+$/.test(text);
