import { allHeadersOf, headerOf, keyOf, statusOf } from '../../ue/sip/sip-text';
import { FakeChannel } from '../../ue/testing/fake-channel';
import { rfcTimers } from '../../ue/timers';
import type { UeTimers } from '../../ue/timers';
import { BackToBackAgent } from '../back-to-back-agent';
import type { Invitation } from '../invitation';
import { SccAsServer } from '../scc-as-server';
import { staticSti } from '../sti';

const asHost = '198.18.0.30';

/** The AS gives up soon what nobody answers; the phones do so later, so that they hear what it makes of that. */
const timersOfAs: UeTimers = { ...rfcTimers, sipT1: 20, sipT2: 80 };
const timersOfPhones: UeTimers = { ...rfcTimers, sipT1: 200, sipT2: 800 };

/** An end of the test: a phone of somebody. */
export class FakePhone {
  readonly channel = new FakeChannel('udp');
  readonly agent: BackToBackAgent;
  readonly contact: string;
  /** The requests and responses that came, latest last. */
  readonly heard: string[] = [];
  /** A phone that is gone neither hears nor answers. */
  gone = false;
  private readonly taken: Invitation[] = [];
  private readonly takers: ((invitation: Invitation) => void)[] = [];

  constructor(
    readonly identity: string,
    readonly host: string,
  ) {
    this.contact = `sip:${host.replaceAll('.', '-')}@${host}:5060`;
    this.agent = new BackToBackAgent(
      this.channel,
      this.contact,
      {
        invited: (invitation) => {
          const taker = this.takers.shift();
          if (taker) taker(invitation);
          else this.taken.push(invitation);
        },
        lost: () => undefined,
        note: () => undefined,
      },
      timersOfPhones,
    );
  }

  /** The next call that comes. */
  rings(): Promise<Invitation> {
    const [invitation] = this.taken.splice(0, 1);
    return invitation ? Promise.resolve(invitation) : new Promise((resolve) => this.takers.push(resolve));
  }

  /** Calls somebody. */
  call(
    to: string,
    offer: string,
    more: { readonly fields?: readonly string[]; readonly cancelled?: Promise<void> } = {},
  ): ReturnType<BackToBackAgent['call']> {
    return this.agent.call({
      to,
      from: this.identity,
      contact: this.contact,
      fields: more.fields ?? [],
      maxForwards: 70,
      offer,
      cancelled: more.cancelled ?? new Promise(() => undefined),
    });
  }

  /** The first lines of what came. */
  get lines(): string[] {
    return this.heard.map((text) => text.split('\r\n', 1)[0]!);
  }
}

/** The SCC AS of a test, and a core that brings the requests of anchored users to it and carries the others. */
export class FakeCore implements Disposable {
  readonly notes: string[] = [];
  readonly server: SccAsServer;
  private readonly channel = new FakeChannel('udp');
  private readonly phones: FakePhone[] = [];
  private readonly senders = new Map<string, FakeChannel>();

  /** @param anchored the public user identities whose sessions pass the AS */
  constructor(private readonly anchored: readonly string[]) {
    const imsCore = { address: '198.18.0.20', port: 5060 };
    this.server = new SccAsServer(
      { address: asHost, port: 5060, imsCore, staticSti, domain: 'ims.example' },
      this.channel,
      { note: (text) => this.notes.push(text), lost: () => undefined },
      timersOfAs,
    );
    this.channel.onSend = (data) => this.carry(data.toString(), this.channel);
  }

  phone(identity: string, host: string): FakePhone {
    const phone = new FakePhone(identity, host);
    phone.channel.onSend = (data) => {
      if (!phone.gone) this.carry(data.toString(), phone.channel);
    };
    this.phones.push(phone);
    return phone;
  }

  [Symbol.dispose](): void {
    this.server.stop();
    for (const { agent } of this.phones) agent.stop();
  }

  private carry(text: string, sender: FakeChannel): void {
    const key = keyOf(text);
    if (key === undefined) throw new Error(`cannot be carried: ${text}`);
    if (statusOf(text) !== undefined) {
      const asked = this.senders.get(key.branch);
      if (asked) this.deliver(text, asked);
      return;
    }
    this.senders.set(key.branch, sender);
    const [, uri = ''] = text.split(' ', 2);
    const host = uri.replace(/^sip:[^@]*@/, '').replace(/:.*/, '');
    const from = this.phones.find(({ channel }) => channel === sender)?.identity;
    const isInitial = !/;tag=/.test(headerOf(text, 'To') ?? '');
    const [route = ''] = allHeadersOf(text, 'Route');
    if (host === asHost || uri === staticSti || (isInitial && from && this.anchored.includes(from)))
      this.deliver(from ? toAs(text, from, 'orig') : text, this.channel);
    else if (isInitial && this.anchored.includes(uri) && !route.startsWith('<sip:term@'))
      this.deliver(toAs(text, from ?? '', 'term'), this.channel);
    else {
      const to = this.phones.filter(
        ({ identity, host: own }) => own === host || (isInitial && identity === uri),
      );
      this.deliver(text, to.at(-1)?.channel);
    }
  }

  private deliver(text: string, channel: FakeChannel | undefined): void {
    const phone = this.phones.find((candidate) => candidate.channel === channel);
    if (phone?.gone) return;
    // What is sent again is the same message.
    if (phone && !phone.heard.includes(text)) phone.heard.push(text);
    setTimeout(() => channel?.receive(text), 1);
  }
}

/** Writes what the core adds of its own: who asks, and how the request goes on. */
function toAs(text: string, from: string, user: 'orig' | 'term'): string {
  const added = [
    ...(from === '' ? [] : [`P-Asserted-Identity: <${from}>`]),
    `Route: <sip:${asHost}:5060;lr>, <sip:${user}@198.18.0.20:5060;lr>`,
  ];
  return text.replace('\r\n', `\r\n${added.join('\r\n')}\r\n`);
}
