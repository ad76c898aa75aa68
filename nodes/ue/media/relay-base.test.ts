import { createHash } from 'node:crypto';
import { toTurn } from '../../../ladder/testing/rungs';
import { StunMessage } from '../stun/message';
import { methods } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import type { AttemptFailure } from '../failure';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { RelayBase } from './relay-base';

const credentials = { username: 'ue', password: 'secret' };
const key = createHash('md5').update('ue:realm:secret').digest();
const peer = { ip: '198.19.0.5', port: 2000 };

const nameOf = (method: number): string | undefined =>
  Object.entries(methods).find(([, number]) => number === method)?.[0];

/** A TURN server behind a channel: grants everything for `lifetime` seconds, until it is told to refuse. */
class FakeTurnServer {
  readonly channel = new FakeChannel('tcp');
  /** Methods of the requests and indications that came, with lifetimes and channels where they have them. */
  readonly came: string[] = [];
  refuse: { readonly code: number; readonly reason: string } | undefined;
  silent = false;

  constructor(private readonly lifetime: number) {
    this.channel.onSend = (bytes) => {
      const message = parseMessage(bytes);
      if (message === undefined) this.came.push(`channel data ${bytes.readUInt16BE(0).toString(16)}`);
      else this.take(message);
    };
  }

  private take(message: StunMessage): void {
    const lifetime = message.get('LIFETIME');
    const number = message.get('CHANNEL-NUMBER');
    const details = [lifetime, number?.toString(16)].filter((detail) => detail !== undefined).join(' ');
    this.came.push(`${nameOf(message.method)} ${details}`.trim());
    if (message.kind !== 'request' || this.silent) return;
    queueMicrotask(() => this.channel.receive(this.answer(message).bytes));
  }

  private answer(request: StunMessage): StunMessage {
    const reply = (kind: 'success' | 'error'): StunMessage =>
      new StunMessage(request.method, kind, request.transaction);
    if (!request.has('MESSAGE-INTEGRITY')) {
      return reply('error')
        .set('ERROR-CODE', { code: 401, reason: 'Unauthorized' })
        .set('REALM', 'realm')
        .set('NONCE', Buffer.from('n'));
    }
    if (this.refuse)
      return reply('error').set('ERROR-CODE', { code: this.refuse.code, reason: this.refuse.reason });
    return reply('success')
      .set('XOR-RELAYED-ADDRESS', { ip: '198.19.0.4', port: 50_000 })
      .set('LIFETIME', this.lifetime)
      .sign(key);
  }
}

let server: FakeTurnServer;
let base: RelayBase | undefined;
let losses: AttemptFailure[];

async function allocate(lifetime: number): Promise<RelayBase> {
  server = new FakeTurnServer(lifetime);
  losses = [];
  const { channel } = server;
  base = await RelayBase.allocate(toTurn(3, 'tls:443'), channel, credentials, rfcTimers, new FakeAttempt());
  base.listen({
    datagram: () => undefined,
    refused: () => undefined,
    lost: (failure) => losses.push(failure),
  });
  server.came.length = 0;
  return base;
}

describe('a relayed base', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(async () => {
    await base?.close();
    base = undefined;
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('has the relayed candidate', async () => {
    expect((await allocate(600)).candidates).toMatchObject([
      { type: 'relay', address: { ip: '198.19.0.4', port: 50_000 } },
    ]);
  });

  it('binds a channel before data goes over it, and sends an indication until then', async () => {
    const relay = await allocate(600);
    const open = relay.open(peer);
    relay.send(peer, Buffer.from('early'));
    await open;
    await relay.open(peer);
    relay.send(peer, Buffer.from('late'));
    await relay.open({ ...peer, port: 2001 });
    expect(server.came).toEqual(['CHANNEL_BIND 4000', 'SEND', 'channel data 4000', 'CHANNEL_BIND 4001']);
  });

  it('refreshes the allocation a minute before it expires, and channels before the permission does', async () => {
    const relay = await allocate(600);
    await relay.open(peer);
    server.came.length = 0;
    // Permissions last 5 minutes, so at 4; the allocation 10, so at 9.
    await jest.advanceTimersByTimeAsync(540_000);
    expect(server.came).toEqual(['CHANNEL_BIND 4000', 'CHANNEL_BIND 4000', 'REFRESH 600']);
    expect(losses).toEqual([]);
  });

  it('is lost when the server knows the allocation no more (437)', async () => {
    await allocate(2);
    server.refuse = { code: 437, reason: 'Allocation Mismatch' };
    await jest.advanceTimersByTimeAsync(1000);
    expect(losses).toMatchObject([
      {
        code: 'FLOW_LOST',
        message:
          'the TURN allocation could not be refreshed: Refresh: the TURN server answered 437 Allocation Mismatch',
      },
    ]);
  });

  it('is lost when its time is over and no refresh was answered', async () => {
    await allocate(2);
    server.silent = true;
    await jest.advanceTimersByTimeAsync(1999);
    expect(losses).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(losses).toMatchObject([
      { code: 'FLOW_LOST', message: 'the TURN allocation has expired after 2 s' },
    ]);
  });

  it('gives the allocation back when it is closed, and does not wait for a server that is silent', async () => {
    const relay = await allocate(600);
    await relay.close();
    expect(server.came).toEqual(['REFRESH 0']);
    const other = await allocate(600);
    server.silent = true;
    const closed = other.close();
    await jest.advanceTimersByTimeAsync(rfcTimers.goodbye);
    await closed;
  });
});
