import { randomBytes } from 'node:crypto';
import { Deferred } from '../../../kit/deferred';
import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import type { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure, asFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import type { UeTimers } from '../timers';
import { BindingRequests } from './binding-requests';
import type { BindingExchange } from './binding-requests';
import { comparePairs, defaultCandidate, priorityInCheck } from './candidate';
import type { Candidate, CandidateType } from './candidate';
import type { Gathered, LateBase } from './gather';
import type { IceBase } from './ice-base';
import { errorCodeIn, isCheckFor, keyOf, priorityIn, roleIn, writeCheck } from './ice-messages';
import { writeRoleConflict, writeSuccess, writeUnknownAttributes } from './ice-messages';
import type { IceCredentials } from './ice-messages';

/** One end of the pair that carries the session. */
export interface SelectedCandidate {
  readonly type: CandidateType;
  readonly address: Endpoint;
}

export interface SelectedPair {
  /**
   * This end. `way` is `udp`, or the way to the TURN server, e.g. `tls:443`. `socket` is the UE's own socket and
   * the endpoint that it sends to.
   */
  readonly local: SelectedCandidate & { readonly way: string; readonly socket: FiveTuple };
  readonly remote: SelectedCandidate;
}

export interface IceEvents {
  /** Takes the transaction id, 24 hex digits, of each request before it is sent. */
  transaction(id: string): void;
  /** Takes packets other than STUN that come from an address of the other end. */
  data(data: Buffer): void;
  /** Called once if no pair works, or the selected one fails; not after {@link IceAgent.close}. */
  failed(failure: AttemptFailure): void;
}

export interface RemoteDescription extends IceCredentials {
  readonly candidates: readonly Candidate[];
}

interface Pair {
  readonly base: Base;
  readonly remote: Candidate;
  state: 'waiting' | 'in-progress' | 'succeeded' | 'failed';
  exchange?: BindingExchange;
  /** The other end has nominated it. */
  nominated: boolean;
  /** This end's address as the other end sees it on this pair. */
  mapped?: Endpoint;
  /** Set if the lab has seen that the firewall denies this end's checks on the pair. */
  refusal?: AttemptFailure | undefined;
}

interface Base {
  readonly base: IceBase;
  readonly requests: BindingRequests;
  lost?: AttemptFailure;
}

interface EarlyCheck {
  readonly base: Base;
  readonly request: StunMessage;
  readonly from: Endpoint;
}

/** Limits on the work that the other end can cause (RFC 8445 6.1.2.5 has 100 pairs). */
const maxRemotes = 32;
const maxEarlyChecks = 64;

/**
 * A full ICE agent (RFC 8445) for one component, without trickling.
 *
 * The project has its own because werift-ice's `Connection` nominates every pair with its first check, which
 * RFC 8445 removed. It also answers unsigned checks. If a check arrives while its own check of that pair is
 * pending, it does not repeat that at once (7.3.1.4), so that a call through NAPT would wait for a retransmission.
 * And its `connect` stays pending when every pair has failed.
 *
 * There is one checklist of one component, so no pair would stay frozen for long; all begin as waiting (6.1.2.6).
 */
export class IceAgent {
  readonly local: IceCredentials = { ufrag: randomText(3), password: randomText(18) };
  private readonly tieBreaker = randomBytes(8).readBigUInt64BE();
  private readonly bases: Base[] = [];
  /** The bases that may still come; `misses` has the failures of those that did not come. */
  private readonly late: Set<LateBase>;
  private readonly misses: AttemptFailure[];
  private pairs: Pair[] = [];
  private remotes: Candidate[] = [];
  private remote: IceCredentials | undefined;
  private early: EarlyCheck[] = [];
  private readonly triggered: Pair[] = [];
  private chosen: Pair | undefined;
  private nominating = false;
  /** The other end has no ICE, so nothing is checked. */
  private withoutIce = false;
  /** The pairs that are waited for while there is a valid one already. */
  private patience: 'any' | 'connections' | 'none' = 'any';
  private readonly running = new Map<'checks' | 'better' | 'pac' | 'consent' | 'expiry', NodeJS.Timeout>();
  private over = false;
  private readonly selection = new Deferred<SelectedPair>();
  /**
   * The pair that carries the session.
   * @throws AttemptFailure `ICE_FAILED` if no pair works; `ABANDONED` if the lab gave every way up
   */
  readonly selected = this.selection.promise;
  /** Number of datagrams that were neither an authentic check, nor an answer, nor data of the other end. */
  garbage = 0;

  /**
   * @param gathered the bases; a late one joins the checks when it comes
   * @param controlling says whether this end made the offer (RFC 8445 6.1.1)
   */
  constructor(
    { bases, failures, late }: Gathered,
    private controlling: boolean,
    private readonly timers: UeTimers,
    private readonly events: IceEvents,
  ) {
    this.misses = [...failures];
    this.late = new Set(late);
    for (const base of bases) this.take(base);
    for (const one of late) {
      one.base.then(
        (base) => this.join(one, base),
        (error: unknown) => this.miss(one, asFailure(error)),
      );
    }
  }

  /** Says whether this end controls, which the other end's role may have changed (RFC 8445 7.3.1.1). */
  get controls(): boolean {
    return this.controlling;
  }

  /**
   * The candidates of this end to describe: all of them, or, when ICE has ended, that of the selected pair alone
   * (RFC 8839 4.4.1.2.2).
   */
  get candidates(): Candidate[] {
    if (this.chosen !== undefined) return [ownOf(this.chosen)];
    return this.bases.filter(({ lost }) => lost === undefined).flatMap(({ base }) => [...base.candidates]);
  }

  /** The pair that carries the session, once there is one. */
  get pair(): SelectedPair | undefined {
    return this.chosen && describe(this.chosen);
  }

  /** Begins the checks with the other end's description (RFC 8445 6.1.2). Call it once. */
  start({ candidates, ...credentials }: RemoteDescription): void {
    if (this.over) return;
    this.remote = credentials;
    this.remotes = [...candidates.slice(0, maxRemotes), ...this.remotes];
    for (const base of this.bases) this.pairWithAll(base);
    this.running.set(
      'pac',
      setTimeout(() => this.noPair(), this.timers.icePac),
    );
    for (const { base, request, from } of this.early) this.takeCheck(base, request, from);
    this.early = [];
    this.schedule();
    this.failIfNothingIsLeft();
  }

  /**
   * Goes on without ICE, because the other end has none (RFC 8445 5.1, TS 24.229 K.5.2.2): packets go to the address
   * that it describes, from the base of this end's default candidate, which is the address that it was told.
   */
  async startWithoutIce(address: Endpoint): Promise<void> {
    const own = defaultCandidate(this.candidates);
    const base = this.bases.find((one) => own !== undefined && one.base.candidates.includes(own));
    if (this.over || base === undefined) return;
    this.withoutIce = true;
    const remote: Candidate = { type: 'host', address, priority: 0, foundation: 'host' };
    try {
      await base.base.open(address);
    } catch (error) {
      this.end(asFailure(error));
    }
    if (this.over) return;
    const pair: Pair = { base, remote, state: 'succeeded', nominated: false, mapped: own?.address };
    if (this.chosen === undefined) this.select(pair);
    else this.chosen = pair;
  }

  /**
   * Sends data over the selected pair; drops them while there is none.
   * @param to another address of the other end, if it is not that of the pair
   */
  send(data: Buffer, to?: Endpoint): void {
    this.chosen?.base.base.send(to ?? this.chosen.remote.address, data);
  }

  /** Ends the agent. It resolves when all bases are closed and released. */
  async close(): Promise<void> {
    this.end(new AttemptFailure('ABANDONED', 'the session has ended'), false);
    await Promise.all(this.bases.map(({ base }) => base.close()));
  }

  private take(base: IceBase): Base {
    const { timers, events } = this;
    const requests = new BindingRequests(
      timers,
      (id) => events.transaction(id),
      (to, data) => base.send(to, data),
    );
    const taken: Base = { base, requests };
    this.bases.push(taken);
    base.listen({
      datagram: (data, from) => this.received(taken, data, from),
      refused: (remote, failure) => this.refuse(taken, remote, failure),
      lost: (failure) => this.lose(taken, failure),
    });
    return taken;
  }

  /**
   * Adds a late base. The other end does not know its address, and learns it from the
   * first check (RFC 8445 7.3.1.3).
   */
  private join(late: LateBase, base: IceBase): void {
    this.late.delete(late);
    if (this.over || this.chosen !== undefined) {
      void base.close();
      return;
    }
    const taken = this.take(base);
    if (this.remote === undefined) return;
    this.pairWithAll(taken);
    this.schedule();
  }

  private miss(late: LateBase, failure: AttemptFailure): void {
    this.late.delete(late);
    if (this.over) return;
    this.misses.push(failure);
    this.failIfNothingIsLeft();
  }

  private pairWithAll(base: Base): void {
    for (const remote of this.remotes) {
      this.pairOf(base, remote);
      // A TURN server lets a peer's checks through only when it has a permission for the
      // peer, so it is asked for at once.
      base.base.open(remote.address).catch(() => undefined);
    }
  }

  private received(base: Base, data: Buffer, from: Endpoint): void {
    if (this.over) return;
    // The first byte of STUN is 0 to 3 (RFC 7983).
    if ((data[0] ?? 255) > 3) {
      const isKnown = this.remotes.some(({ address }) => sameEndpoint(address, from));
      // Without ICE the other end may well send from another port than it takes at.
      if (isKnown || this.withoutIce) this.events.data(data);
      else this.garbage++;
      return;
    }
    const message = parseMessage(data);
    if (message?.kind === 'success' || message?.kind === 'error') {
      base.requests.answered(message, data, from);
    } else if (message?.kind === 'request' && isCheckFor(this.local, message, data)) {
      this.checked(base, message, from);
    } else {
      this.garbage++;
    }
  }

  /** Answers a check at once, even if the other end's description has not come yet (RFC 8445 7.3). */
  private checked(base: Base, request: StunMessage, from: Endpoint): void {
    base.base.open(from).catch(() => undefined);
    const unknown = request.unknownRequired;
    if (unknown.length > 0) {
      base.base.send(from, writeUnknownAttributes(request, unknown, this.local));
      return;
    }
    const role = roleIn(request);
    if (role?.controlling === this.controlling) {
      // 7.3.1.1: the end with the greater tie-breaker controls.
      if (this.tieBreaker >= role.tieBreaker === this.controlling) {
        base.base.send(from, writeRoleConflict(request, this.local));
        return;
      }
      this.switchRole();
    }
    base.base.send(from, writeSuccess(request, from, this.local));
    if (this.remote !== undefined) this.takeCheck(base, request, from);
    else if (this.early.length < maxEarlyChecks) this.early.push({ base, request, from });
  }

  private takeCheck(base: Base, request: StunMessage, from: Endpoint): void {
    const pair = this.pairOf(base, this.remoteAt(from, priorityIn(request)));
    if (pair === undefined) return;
    if (request.has('USE-CANDIDATE') && !this.controlling) {
      pair.nominated = true;
      if (pair.state === 'succeeded') this.select(pair);
    }
    // 7.3.1.4: a check that arrives shows that this end's checks can get through now.
    if (pair.state === 'succeeded') return;
    pair.refusal = undefined;
    if (pair.state === 'failed') pair.state = 'waiting';
    if (!this.triggered.includes(pair)) this.triggered.push(pair);
    this.schedule();
  }

  /** Returns the remote candidate with this address; makes a peer-reflexive one if there is none (7.3.1.3). */
  private remoteAt(address: Endpoint, priority: number): Candidate | undefined {
    const known = this.remotes.find((candidate) => sameEndpoint(candidate.address, address));
    if (known !== undefined || this.remotes.length >= 2 * maxRemotes) return known;
    const learned: Candidate = { type: 'prflx', address, priority, foundation: showEndpoint(address) };
    this.remotes.push(learned);
    return learned;
  }

  /** Returns the pair of a base and a remote candidate; makes it if there is none. */
  private pairOf(base: Base, remote: Candidate | undefined): Pair | undefined {
    if (remote === undefined || base.lost !== undefined) return undefined;
    const known = this.pairs.find(
      (pair) => pair.base === base && sameEndpoint(pair.remote.address, remote.address),
    );
    if (known !== undefined) return known;
    const pair: Pair = { base, remote, state: 'waiting', nominated: false };
    this.pairs.push(pair);
    this.sort();
    return pair;
  }

  private sort(): void {
    const priorities = ({ base, remote }: Pair): Parameters<typeof comparePairs>[0] => {
      const local = base.base.candidates[0]?.priority ?? 0;
      return this.controlling
        ? { controlling: local, controlled: remote.priority }
        : { controlling: remote.priority, controlled: local };
    };
    this.pairs.sort((a, b) => comparePairs(priorities(a), priorities(b)));
  }

  /** Sends one check every Ta: first the triggered ones, then the waiting pairs by priority (RFC 8445 6.1.4.2). */
  private schedule(): void {
    if (this.over || this.running.has('checks')) return;
    const pair = this.triggered.shift() ?? this.pairs.find(({ state }) => state === 'waiting');
    if (pair === undefined || (this.chosen !== undefined && pair !== this.chosen && !pair.nominated)) return;
    this.running.set(
      'checks',
      setTimeout(() => {
        this.running.delete('checks');
        this.schedule();
      }, this.timers.iceTa),
    );
    if (pair.state === 'waiting') void this.check(pair);
    // The RFC cancels the request and begins another one; sending it again is the same to the other end.
    else if (pair.state === 'in-progress') pair.exchange?.resend();
  }

  /** Makes one check (RFC 8445 7.2), which may nominate the pair. It never rejects. */
  private async check(pair: Pair, nominate = false): Promise<void> {
    const { base, remote } = pair;
    if (!nominate) pair.state = 'in-progress';
    try {
      await base.base.open(remote.address);
      if (this.over || this.remote === undefined) return;
      const { controlling } = this;
      pair.exchange = base.requests.start({
        message: writeCheck({
          local: this.local,
          remote: this.remote,
          priority: priorityOf(base),
          controlling,
          tieBreaker: this.tieBreaker,
          nominate,
        }),
        to: remote.address,
        key: keyOf(this.remote),
      });
      const response = await pair.exchange.answer;
      if (response.kind === 'success') this.succeeded(pair, response, nominate);
      else if (errorCodeIn(response) === 487) this.conflict(pair, controlling, nominate);
      else this.failed(pair, nominate);
    } catch {
      // There was no answer, or no way there. The reason is dropped, since the failure of one pair is not reported.
      this.failed(pair, nominate);
    }
  }

  private succeeded(pair: Pair, response: StunMessage, nominate: boolean): void {
    if (this.over) return;
    pair.state = 'succeeded';
    pair.mapped = response.get('XOR-MAPPED-ADDRESS');
    if (nominate || (pair.nominated && !this.controlling)) this.select(pair);
    else this.considerNomination();
  }

  private failed(pair: Pair, nominate: boolean): void {
    if (this.over || this.chosen !== undefined) return;
    pair.state = 'failed';
    if (nominate) this.nominating = false;
    this.considerNomination();
  }

  /** Handles an error 487: the other end has the same role and the greater tie-breaker (RFC 8445 7.2.5.1). */
  private conflict(pair: Pair, controlling: boolean, nominate: boolean): void {
    if (this.over) return;
    if (this.controlling === controlling) this.switchRole();
    if (nominate) this.nominating = false;
    pair.state = 'waiting';
    this.triggered.push(pair);
    this.schedule();
  }

  private switchRole(): void {
    this.controlling = !this.controlling;
    this.sort();
  }

  /**
   * Nominates the best valid pair when no better one can come any more, or none has come in time (RFC 8445 8.1.1, regular
   * nomination). A check over a connection to the TURN server is not lost on the way, as one over UDP may be, so its answer
   * is waited for as long as candidates are: a machine that is busy would choose another pair otherwise.
   */
  private considerNomination(): void {
    if (this.over || !this.controlling || this.nominating || this.chosen !== undefined) return;
    const best = this.pairs.find(({ state }) => state === 'succeeded');
    if (best === undefined) return;
    const undecided = this.pairs
      .slice(0, this.pairs.indexOf(best))
      .filter(({ state }) => state === 'waiting' || state === 'in-progress');
    const awaited = undecided.filter((pair) => this.patience === 'any' || isOverConnection(pair));
    if (awaited.length === 0 || this.patience === 'none') {
      this.nominating = true;
      void this.check(best, true);
    } else if (!this.running.has('better')) {
      const { iceBetterPair, gathering } = this.timers;
      const waitFor = (patience: 'connections' | 'none', ms: number): void => {
        const over = (): void => {
          this.running.delete('better');
          this.patience = patience;
          this.considerNomination();
        };
        this.running.set('better', setTimeout(over, ms));
      };
      if (this.patience === 'any') waitFor('connections', iceBetterPair);
      else waitFor('none', gathering - iceBetterPair);
    }
  }

  private select(pair: Pair): void {
    if (this.chosen !== undefined) return;
    this.chosen = pair;
    this.stop('better');
    this.stop('pac');
    // 8.1.2 and 8.3: other pending checks and other relayed addresses are not needed any more.
    for (const other of this.pairs) if (other.state === 'in-progress') other.exchange?.cancel();
    this.giveUpLate();
    for (const { base } of this.bases) if (base !== pair.base.base) void base.close();
    if (!this.withoutIce) this.watchConsent(pair);
    this.selection.resolve(describe(pair));
  }

  /** Goes on asking whether the other end still accepts packets (RFC 7675), which also keeps every binding alive. */
  private watchConsent(pair: Pair): void {
    const { consentInterval, consentExpiry } = this.timers;
    const renew = (): void => {
      this.stop('expiry');
      const text = `the other end has answered nothing on ${nameOf(pair)} for ${consentExpiry / 1000} s (RFC 7675)`;
      this.running.set(
        'expiry',
        setTimeout(() => this.end(new AttemptFailure('FLOW_LOST', text)), consentExpiry),
      );
    };
    const ask = (): void => {
      if (this.remote === undefined || this.over) return;
      const { controlling, tieBreaker, local, remote } = this;
      const priority = priorityOf(pair.base);
      const message = writeCheck({ local, remote, priority, controlling, tieBreaker, nominate: false });
      pair.base.requests
        .start({ message, to: pair.remote.address, key: keyOf(remote), onceMs: consentInterval })
        .answer.then((response) => {
          if (response.kind === 'success' && !this.over) renew();
        })
        // A missing answer is handled by the expiry timer.
        .catch(() => undefined);
      arm();
    };
    const arm = (): void => {
      this.running.set('consent', setTimeout(ask, consentInterval * (0.8 + 0.4 * Math.random())));
    };
    renew();
    arm();
  }

  /** Fails a pair whose checks the firewall denies, as the lab says, unless the pair has worked already. */
  private refuse(base: Base, remote: Endpoint, failure: AttemptFailure): void {
    if (this.withoutIce && this.chosen?.base === base && sameEndpoint(this.chosen.remote.address, remote)) {
      this.end(failure);
      return;
    }
    const pair = this.pairs.find(
      (candidate) => candidate.base === base && sameEndpoint(candidate.remote.address, remote),
    );
    if (this.over || pair === undefined || pair.state === 'succeeded') return;
    pair.refusal = failure;
    pair.state = 'failed';
    pair.exchange?.cancel();
    this.failIfNothingIsLeft();
    this.considerNomination();
  }

  private lose(base: Base, failure: AttemptFailure): void {
    base.lost = failure.over(...base.base.ways);
    base.requests.stop(failure);
    if (this.over) return;
    if (this.chosen?.base === base) {
      this.end(base.lost);
      return;
    }
    for (const pair of this.pairs) if (pair.base === base) pair.state = 'failed';
    this.failIfNothingIsLeft();
    this.considerNomination();
  }

  /**
   * Ends the agent if no pair can work any more: no late base may still come, and every base is lost or all its
   * known pairs were refused. Otherwise a pair that is not known yet may still work (RFC 8863).
   */
  private failIfNothingIsLeft(): void {
    if (this.late.size > 0 || this.chosen !== undefined) return;
    const lost = this.bases.map((base) => this.lossOf(base)).filter((loss) => loss !== undefined);
    if (lost.length < this.bases.length) return;
    const losses = [...this.misses, ...lost];
    const abandoned = losses.every(({ code }) => code === 'ABANDONED');
    const reasons = losses.map(({ message }) => message).join('; ');
    const code = abandoned ? 'ABANDONED' : 'ICE_FAILED';
    this.end(new AttemptFailure(code, `no candidate is left: ${reasons}`, this.ways));
  }

  private lossOf(base: Base): AttemptFailure | undefined {
    if (base.lost !== undefined) return base.lost;
    const pairs = this.pairs.filter((pair) => pair.base === base);
    return pairs.every(({ refusal }) => refusal !== undefined) ? pairs.at(-1)?.refusal : undefined;
  }

  private noPair(): void {
    const pairs = this.pairs.map(nameOf).join(', ') || 'none';
    const others = [
      ...this.misses.map(({ message }) => message),
      ...[...this.late].map(({ name }) => `${name}: no answer yet`),
    ];
    const text =
      `no candidate pair worked within ${this.timers.icePac / 1000} s (RFC 8863); pairs: ${pairs}` +
      (others.length > 0 ? `; other ways: ${others.join('; ')}` : '');
    this.end(new AttemptFailure('ICE_FAILED', text, this.ways));
  }

  /** All ways by which this end tried to reach the other end. */
  private get ways(): FiveTuple[] {
    return [
      ...this.bases.flatMap(({ base }) => [...base.ways]),
      ...this.misses.flatMap(({ ways }) => [...ways]),
      ...[...this.late].flatMap(({ ways }) => [...ways]),
    ];
  }

  private end(failure: AttemptFailure, tell = true): void {
    if (this.over) return;
    this.over = true;
    for (const timer of this.running.values()) clearTimeout(timer);
    this.running.clear();
    for (const { requests } of this.bases) requests.stop(failure);
    this.giveUpLate();
    this.selection.reject(failure);
    if (tell) this.events.failed(failure);
  }

  private giveUpLate(): void {
    for (const late of this.late) late.giveUp();
  }

  private stop(what: 'better' | 'pac' | 'expiry'): void {
    clearTimeout(this.running.get(what));
    this.running.delete(what);
  }
}

/** Says whether this end's datagrams take a connection, to a TURN server. */
const isOverConnection = ({ base, remote }: Pair): boolean =>
  base.base.wayTo(remote.address).protocol === 'tcp';

/** The candidate of this end in a pair; one that only the other end knew is peer-reflexive. */
function ownOf(pair: Pair): Candidate {
  const { candidates } = pair.base.base;
  const { type, address } = describe(pair).local;
  const known = candidates.find((candidate) => sameEndpoint(candidate.address, address));
  return known ?? { type, address, priority: priorityOf(pair.base), foundation: type };
}

function describe({ base: { base }, remote, mapped }: Pair): SelectedPair {
  const own = base.candidates[0];
  const address = mapped ?? own?.address ?? { ip: '0.0.0.0', port: 0 };
  // RFC 8445 7.2.5.3.1: an address that the other end sees, and that this end did not know, is peer-reflexive.
  const type = base.candidates.find((candidate) => sameEndpoint(candidate.address, address))?.type ?? 'prflx';
  return {
    local: { type, address, way: base.way, socket: base.wayTo(remote.address) },
    remote: { type: remote.type, address: remote.address },
  };
}

/** Returns the priority that checks from this base carry. */
function priorityOf({ base: { candidates } }: Base): number {
  const [own] = candidates;
  return own === undefined ? 0 : priorityInCheck(own);
}

function nameOf({ base: { base }, remote }: Pair): string {
  return `${base.way} to ${remote.type} ${showEndpoint(remote.address)}`;
}

/** Makes random ice-chars; RFC 8839 5.4 wants at least 24 bits for the fragment and 128 for the password. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=/g, '');
}
