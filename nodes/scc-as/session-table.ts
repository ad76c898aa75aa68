import { keyOfDialog, type DialogId } from '../ue/session';
import { Refusal } from './refusal';
import { isSameSti } from './sti';

/** What the table knows of an anchored session. */
export interface Anchored {
  /** The public user identity of the served user. */
  readonly user: string;
  /** The dynamic STI of the session. */
  readonly sti: string;
}

/** What a transferring INVITE names: its source access leg, or a dynamic STI, or both. */
export interface Named {
  readonly dialog: DialogId | undefined;
  readonly sti: string | undefined;
}

interface Entry<S> {
  readonly session: S;
  confirmed: boolean;
}

/** The sessions of this AS, by the dialogs with the served user, which are their access legs. */
export class SessionTable<S extends Anchored> {
  private readonly entries = new Map<string, Entry<S>>();

  /** Adds a dialog with the served user that is early still (RFC 3261 12.1). */
  early(dialog: DialogId, session: S): void {
    const known = this.entries.get(keyOfDialog(dialog));
    if (!known) this.entries.set(keyOfDialog(dialog), { session, confirmed: false });
  }

  /** Notes that a dialog with the served user is confirmed: the session is an ongoing one (TS 24.237 10.2.0). */
  confirmed(dialog: DialogId, session: S): void {
    this.entries.set(keyOfDialog(dialog), { session, confirmed: true });
  }

  /** Forgets an access leg that was released after a transfer, or failed. */
  forget(dialog: DialogId): void {
    this.entries.delete(keyOfDialog(dialog));
  }

  /** Forgets a session with all its dialogs. */
  remove(session: S): void {
    for (const [key, entry] of this.entries) if (entry.session === session) this.entries.delete(key);
  }

  /** Number of the sessions that stand or are being set up. */
  get size(): number {
    return new Set([...this.entries.values()].map(({ session }) => session)).size;
  }

  /**
   * Finds the session that is to be transferred.
   * @param user the public user identity that the core asserts of who asks (RFC 3325)
   * @throws Refusal 480 if no ongoing session is named (TS 24.237 10.3.2), 403 if it is another user's
   */
  named({ dialog, sti }: Named, user: string | undefined): S {
    const entry = dialog ? this.entries.get(keyOfDialog(dialog)) : this.confirmedBy(sti);
    if (!entry || (sti !== undefined && !isSameSti(entry.session.sti, sti)))
      throw new Refusal(480, 'No Such Session To Transfer');
    if (user === undefined || entry.session.user !== user) throw new Refusal(403, "Another User's Session");
    if (!entry.confirmed) throw new Refusal(480, 'Session Not Established Yet');
    return entry.session;
  }

  private confirmedBy(sti: string | undefined): Entry<S> | undefined {
    if (sti === undefined) return undefined;
    const all = [...this.entries.values()].filter(({ session }) => isSameSti(session.sti, sti));
    return all.find(({ confirmed }) => confirmed) ?? all[0];
  }
}
