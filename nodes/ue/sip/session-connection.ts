/**
 * JsSIP's sessions know media only as a browser's RTCPeerConnection. This one describes media that were opened
 * before, and hands the other end's answer on. It contains no WebRTC.
 */

/** The description of a session. JsSIP passes it to {@link SessionConnection} as `pcConfig`. */
export interface DescribedSession {
  /** This end's SDP, offer or answer. */
  readonly local: string;
  /** Takes the answer to an offer of this end. */
  accept(answer: string): Promise<void>;
  /** Answers a later offer; without this method `local` is the answer again. */
  reanswer?: ((offer: string) => Promise<string>) | undefined;
  /** Makes a later offer; without this method `local` is offered again, and its answer is not read. */
  reoffer?: (() => Promise<string>) | undefined;
}

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** The part of an RTCPeerConnection that JsSIP's RTCSession uses. */
class SessionConnection {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'new';
  readonly signalingState = 'have-local-offer';
  private accepted: Promise<void> | undefined;
  private local: string;
  /** Says whether `local` has been used already: as an offer, or as the answer to the offer of the INVITE. */
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

  /** Takes a description. An answer in a 183 is repeated in the 200 (RFC 3261 13.2.1), so it is taken only once. */
  async setRemoteDescription({ type, sdp }: Description): Promise<void> {
    if (type === 'offer') {
      if (this.begun) this.local = (await this.session.reanswer?.(sdp)) ?? this.local;
      this.begun = true;
      return;
    }
    this.accepted ??= this.session.accept(sdp);
    await this.accepted;
  }

  /** JsSIP asks this to stop sending when the other end holds the call; the media do that themselves, by the offer. */
  getSenders(): [] {
    return [];
  }

  addEventListener(): void {
    // This connection has no events.
  }

  removeEventListener(): void {
    // This connection has no events.
  }

  close(): void {
    // The call that owns the media closes them.
  }
}

/** The class of which JsSIP makes a description of incoming SDP. */
class SessionDescription {
  readonly type: Description['type'];
  readonly sdp: string;

  constructor({ type, sdp }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

/**
 * The names by which JsSIP looks for WebRTC. In a browser they are globals. The build binds them to these classes
 * inside JsSIP only (`bin/setup/bundle.mjs`), so that the process has no such globals.
 */
export { SessionConnection as RTCPeerConnection, SessionDescription as RTCSessionDescription };
export const window = { RTCPeerConnection: SessionConnection };
