import type { Channel } from '../ue/dialler/channel';
import type { AttemptFailure } from '../ue/failure';
import { rfcTimers } from '../ue/timers';
import type { UeTimers } from '../ue/timers';
import { AnchoredSession } from './anchored-session';
import { BackToBackAgent } from './back-to-back-agent';
import type { SccAsConfig } from './config';
import type { Invitation } from './invitation';
import { Refusal } from './refusal';
import { SessionTable } from './session-table';
import { newDynamicSti, stiKindOf } from './sti';

/**
 * How long a session waits for its UE when the access leg was lost without a BYE, milliseconds. The UE may have a
 * ladder to climb on the new network first. No TS says how long.
 */
const keepsForMs = 180_000;

/** Header fields that go from one leg to the other as they are (TS 24.229 5.7.5, a B2BUA). */
const passedOn = [
  'P-Asserted-Identity',
  'P-Asserted-Service',
  'P-Charging-Vector',
  'Accept-Contact',
  'Privacy',
] as const;

/**
 * The service continuity application server (TS 23.237, TS 24.237), as much of it as PS-PS access transfer takes:
 * sessions of served users are anchored at it, and a UE on another access network has its session moved there.
 */
export class SccAsServer {
  private readonly sessions = new SessionTable<AnchoredSession>();
  private readonly agent: BackToBackAgent;

  constructor(
    private readonly config: Pick<SccAsConfig, 'address' | 'port' | 'imsCore' | 'staticSti' | 'domain'>,
    channel: Channel,
    private readonly events: { lost(failure: AttemptFailure): void; note(text: string): void },
    timers: UeTimers = rfcTimers,
  ) {
    this.agent = new BackToBackAgent(
      channel,
      `sip:scc-as@${config.address}:${config.port}`,
      { ...events, note: (text) => events.note(text), invited: (invitation) => this.invited(invitation) },
      timers,
    );
  }

  /** Number of sessions that are anchored here. */
  get size(): number {
    return this.sessions.size;
  }

  stop(): void {
    this.agent.stop();
  }

  private invited(invitation: Invitation): void {
    const sti = newDynamicSti(this.config);
    invitation.contactAs(sti);
    this.serve(invitation, sti).catch((error: unknown) =>
      invitation.refuse(
        error instanceof Refusal ? error : new Refusal(500, `Server Internal Error: ${String(error)}`),
      ),
    );
  }

  private async serve(invitation: Invitation, sti: string): Promise<void> {
    const { sourceLeg, called } = invitation;
    if (sourceLeg === 'unreadable') throw new Refusal(400, 'Source Access Leg Cannot Be Read');
    const kind = stiKindOf(called, this.config.staticSti);
    if (sourceLeg !== undefined || kind !== 'none') {
      const session = this.sessions.named(
        { dialog: sourceLeg, sti: kind === 'dynamic' ? called : undefined },
        invitation.asserted,
      );
      await this.transfer(session, invitation);
    } else {
      await this.anchor(invitation, sti);
    }
  }

  private async transfer(session: AnchoredSession, invitation: Invitation): Promise<void> {
    const offer = offerOf(invitation);
    // The STI of a session stays when its access leg changes, or the UE could not move twice.
    invitation.contactAs(session.sti);
    const source = await session.transfer(offer, async (answer) => {
      const leg = await invitation.answer(answer);
      this.sessions.confirmed(leg.dialog, session);
      return leg;
    });
    this.sessions.forget(source.dialog);
    this.events.note(`a session of ${session.user} was transferred to another access leg`);
  }

  /** Anchors a session: calls who is called, and answers with that answer. */
  private async anchor(invitation: Invitation, sti: string): Promise<void> {
    const offer = offerOf(invitation);
    if (invitation.maxForwards <= 1) throw new Refusal(483, 'Too Many Hops');
    const serves = servedUser(invitation);
    const session = new AnchoredSession(serves.user, sti, () => this.sessions.remove(session), keepsForMs);
    try {
      if (serves.calls) this.sessions.early(invitation.dialog, session);
      const { leg: called, answer } = await this.agent.call({
        to: invitation.called,
        from: invitation.from,
        contact: sti,
        fields: [
          `Route: ${this.routesOf(invitation).join(', ')}`,
          ...passedOn.flatMap((name) => {
            const value = invitation.field(name);
            return value === undefined ? [] : [`${name}: ${value}`];
          }),
        ],
        maxForwards: invitation.maxForwards - 1,
        offer,
        cancelled: invitation.cancelled,
        ...(serves.calls ? {} : { early: (dialog) => this.sessions.early(dialog, session) }),
      });
      // With the 2xx it is an ongoing session (TS 24.237 10.2.0), whether or not the ACK has come.
      this.sessions.confirmed(serves.calls ? invitation.dialog : called.dialog, session);
      const caller = await invitation.answer(answer).catch((error: unknown) => {
        called.hangUp();
        throw error;
      });
      const [access, remote] = serves.calls ? [caller, called] : [called, caller];
      session.join(access, remote);
      this.events.note(`a session of ${session.user} is anchored`);
    } catch (error) {
      session.release();
      throw error;
    }
  }

  private routesOf({ routes }: Invitation): string[] {
    const { address, port } = this.config.imsCore;
    return routes.length > 0 ? routes : [`<sip:${address}:${port};lr>`];
  }
}

/**
 * Reads whom the AS serves: the core says in the Route by which the INVITE goes on whether it is the caller
 * (`orig`) or the called user (`term`).
 */
function servedUser(invitation: Invitation): { readonly user: string; readonly calls: boolean } {
  const { asserted, called, routes } = invitation;
  if (/^<?sip:term@/i.test(routes[0] ?? '')) return { user: called.replace(/[;?].*$/, ''), calls: false };
  if (asserted === undefined) throw new Refusal(403, 'No Asserted Identity');
  return { user: asserted, calls: true };
}

function offerOf({ offer }: Invitation): string {
  // JsSIP cannot ask the other end for an offer.
  if (offer === undefined) throw new Refusal(488, 'An INVITE Without An Offer Is Not Anchored');
  return offer;
}
