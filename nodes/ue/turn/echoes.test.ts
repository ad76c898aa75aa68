import { rfcTimers } from '../timers';
import { Echoes } from './echoes';

const peer = { ip: '198.18.0.5', port: 7 };

describe('Echoes', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('is done when every datagram has come back, in any order and more than once', async () => {
    const echoes = new Echoes(rfcTimers);
    const [one, two] = [Buffer.from('one'), Buffer.from('two')];
    const exchange = echoes.exchange([one, two], () => undefined);
    for (const data of [two, two, one]) echoes.arrived(peer, data);
    await exchange;
    // A late second echo of the first exchange is no surprise to the next one.
    const next = echoes.exchange([Buffer.from('three')], () => undefined);
    echoes.arrived(peer, one);
    echoes.arrived(peer, Buffer.from('three'));
    await next;
  });

  it('sends only what is missing again', async () => {
    const echoes = new Echoes(rfcTimers);
    const sent: string[] = [];
    const [one, two] = [Buffer.from('one'), Buffer.from('two')];
    const exchange = echoes.exchange([one, two], (data) => sent.push(data.toString()));
    echoes.arrived(peer, one);
    await jest.advanceTimersByTimeAsync(500);
    expect(sent).toEqual(['one', 'two', 'two']);
    echoes.arrived(peer, two);
    await exchange;
  });

  it('fails when one byte is another', async () => {
    const echoes = new Echoes(rfcTimers);
    const exchange = echoes.exchange([Buffer.from('one')], () => undefined);
    echoes.arrived(peer, Buffer.from('onf'));
    await expect(exchange).rejects.toMatchObject({
      code: 'ECHO_WRONG',
      message: '3 bytes came from 198.18.0.5:7 that were not sent',
    });
  });

  it('gives up with what is missing', async () => {
    const echoes = new Echoes(rfcTimers);
    const exchange = expect(
      echoes.exchange([Buffer.from('one'), Buffer.from('two')], () => undefined),
    ).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: '2 of 2 datagrams did not come back from the peer after 7 transmissions',
    });
    await jest.advanceTimersByTimeAsync(39_500);
    await exchange;
  });
});
