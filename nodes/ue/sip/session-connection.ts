/**
 * What JsSIP's sessions know of media: a browser's RTCPeerConnection. This one describes what was opened before, and
 * hands the other end's answer on; there is no WebRTC in it.
 */

/** What a session is described with; reaches {@link SessionConnection} as JsSIP's `pcConfig`. */
export interface DescribedSession {
  /** This end's SDP, offer or answer. */
  readonly local: string;
  /** Takes the answer to `local`; not called by the end that answers. */
  accept(answer: string): Promise<void>;
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

  constructor(private readonly session: DescribedSession) {}

  get localDescription(): Pick<Description, 'sdp'> {
    return { sdp: this.session.local };
  }

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: 'offer', sdp: this.session.local });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: this.session.local });
  }

  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }

  /** An answer in a 183 is repeated in the 200 (RFC 3261 13.2.1): it is taken once. */
  setRemoteDescription({ type, sdp }: Description): Promise<void> {
    if (type === 'offer') return Promise.resolve();
    this.accepted ??= this.session.accept(sdp);
    return this.accepted;
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

/** Puts the globals in place by which JsSIP looks for WebRTC. Only called by who uses sessions. */
export function provideSessionConnections(): void {
  Object.assign(globalThis, {
    window: { RTCPeerConnection: SessionConnection },
    RTCPeerConnection: SessionConnection,
    RTCSessionDescription: SessionDescription,
  });
}
