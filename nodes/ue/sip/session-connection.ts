/**
 * What JsSIP's sessions know of media: a browser's RTCPeerConnection. This one describes what was opened before, and
 * hands the other end's answer on; there is no WebRTC in it.
 */

/** What a session is described with; reaches {@link SessionConnection} as JsSIP's `pcConfig`. */
export interface DescribedSession {
  /** This end's SDP, offer or answer. */
  readonly local: string;
  /** Takes the answer to an offer of this end. */
  accept(answer: string): Promise<void>;
  /** Answers an offer that comes later; without it `local` is the answer again. */
  reanswer?: ((offer: string) => Promise<string>) | undefined;
  /** Makes an offer that is asked for later; without it `local` is offered again, which has been answered. */
  reoffer?: (() => Promise<string>) | undefined;
}

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** As much of an RTCPeerConnection as JsSIP's RTCSession uses. */
class SessionConnection {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'new';
  readonly signalingState = 'have-local-offer';
  private accepted: Promise<void> | undefined;
  private local: string;
  /** Whether `local` has been told: as an offer, or as the answer to one that was read before. */
  private begun = false;

  constructor(private readonly session: DescribedSession) {
    this.local = session.local;
  }

  get localDescription(): Pick<Description, 'sdp'> {
    return { sdp: this.local };
  }

  async createOffer(): Promise<Description> {
    if (this.begun && this.session.reoffer) {
      this.local = await this.session.reoffer();
      this.accepted = undefined;
    } else if (this.begun) {
      this.accepted ??= Promise.resolve();
    }
    this.begun = true;
    return { type: 'offer', sdp: this.local };
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: this.local });
  }

  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }

  /** An answer in a 183 is repeated in the 200 (RFC 3261 13.2.1): it is taken once. */
  async setRemoteDescription({ type, sdp }: Description): Promise<void> {
    if (type === 'offer') {
      if (this.begun) this.local = (await this.session.reanswer?.(sdp)) ?? this.local;
      this.begun = true;
      return;
    }
    this.accepted ??= this.session.accept(sdp);
    await this.accepted;
  }

  /** Asked when the other end holds every medium; what is sent then follows from its offer. */
  getSenders(): [] {
    return [];
  }

  addEventListener(): void {
    // Nothing ever happens to it.
  }

  removeEventListener(): void {
    // As above.
  }

  close(): void {
    // The media are their owner's to close.
  }
}

/** A description as JsSIP makes it of what came in. */
class SessionDescription {
  readonly type: Description['type'];
  readonly sdp: string;

  constructor({ type, sdp }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

/**
 * The names by which JsSIP looks for WebRTC. They are a browser's globals; the build binds them to these where JsSIP uses
 * them (`bin/setup/bundle.mjs`), so that nobody else meets them.
 */
export { SessionConnection as RTCPeerConnection, SessionDescription as RTCSessionDescription };
export const window = { RTCPeerConnection: SessionConnection };
