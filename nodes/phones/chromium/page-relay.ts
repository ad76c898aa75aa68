import type { PageEvent, TurnSettings } from './page-protocol';

/** The parts of WebRTC that are needed here; they are globals of the browser. */
interface PeerConnection {
  onicecandidate: (event: { readonly candidate: object | null }) => void;
  onicecandidateerror: (event: { readonly errorCode: number; readonly errorText: string }) => void;
  onconnectionstatechange: () => void;
  ondatachannel: (event: { readonly channel: DataChannel }) => void;
  readonly connectionState: string;
  createDataChannel(label: string): DataChannel;
  setLocalDescription(): Promise<void>;
  setRemoteDescription(description: unknown): Promise<void>;
  readonly localDescription: unknown;
  addIceCandidate(candidate: object): Promise<void>;
}
interface DataChannel {
  binaryType: string;
  onopen: () => void;
  onmessage: (event: { readonly data: unknown }) => void;
  send(data: unknown): void;
}

/** Sizes of the messages, in bytes; one is like 20 ms of PCMA. */
const sizes = [32, 172, 1021];

/** Connects the page to itself by relayed addresses alone, and sends data there and back. */
export async function relay(
  { url, username, credential }: TurnSettings,
  tell: (event: PageEvent) => void,
): Promise<void> {
  const { RTCPeerConnection: Connection } = globalThis as unknown as {
    RTCPeerConnection: new (configuration: object) => PeerConnection;
  };
  const iceServers = [{ urls: url, username, credential }];
  const [one, other] = [0, 1].map(() => new Connection({ iceServers, iceTransportPolicy: 'relay' })) as [
    PeerConnection,
    PeerConnection,
  ];
  const troubles = new Set<string>();
  const noRelay = (what: string): void => tell({ type: 'not-relayed', text: [what, ...troubles].join('; ') });
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    let candidates = 0;
    from.onicecandidate = ({ candidate }) => {
      if (candidate !== null) {
        candidates += 1;
        void to.addIceCandidate(candidate);
      } else if (candidates === 0) noRelay('no relayed address');
    };
    from.onicecandidateerror = ({ errorCode, errorText }) => troubles.add(`${errorCode} ${errorText}`.trim());
    from.onconnectionstatechange = () => {
      if (from.connectionState === 'failed') noRelay('no connection between the relayed addresses');
    };
  }
  const channel = one.createDataChannel('echo');
  channel.binaryType = 'arraybuffer';
  other.ondatachannel = ({ channel: echo }) => {
    echo.binaryType = 'arraybuffer';
    echo.onmessage = ({ data }) => echo.send(data);
  };
  channel.onopen = () => exchange(channel, tell);
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription);
}

/** Sends data of all sizes, one after the other, and tells whether the same came back. */
function exchange(channel: DataChannel, tell: (event: PageEvent) => void): void {
  const left = sizes.map((size) => crypto.getRandomValues(new Uint8Array(size)));
  const sendNext = (): void => {
    const next = left[0];
    if (next) channel.send(next);
    else tell({ type: 'relayed' });
  };
  channel.onmessage = ({ data }) => {
    const came = new Uint8Array(data as ArrayBuffer);
    const sent = left.shift();
    if (sent?.length === came.length && sent.every((byte, at) => byte === came[at])) sendNext();
    else tell({ type: 'wrong-data' });
  };
  sendNext();
}
