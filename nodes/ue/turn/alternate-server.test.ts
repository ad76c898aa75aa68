import type { ServerWay } from '../dialler/dialler';
import { AttemptFailure } from '../failure';
import { TryAlternate, withAlternates } from './alternate-server';

const serverWay: ServerWay = {
  transport: 'tls',
  server: { ip: '198.18.0.4', port: 443 },
  name: 'turn.example',
};
const to = (ip: string, domain?: string): TryAlternate =>
  new TryAlternate('go to', { ip, port: 443 }, domain);

/** Follows the redirections of one server after the other. A server without a redirection is used. */
async function follow(...redirections: readonly TryAlternate[]) {
  const left = [...redirections];
  const asked: ServerWay[] = [];
  const used = withAlternates(serverWay, (next) => {
    asked.push(next);
    const error = left.shift();
    return error ? Promise.reject(error) : Promise.resolve('used');
  });
  return { asked, outcome: await used.catch((error: unknown) => (error as AttemptFailure).message) };
}

describe('withAlternates', () => {
  it('goes where it is sent by the same transport, and checks the name that it is told, or else the same', async () => {
    const { asked, outcome } = await follow(to('198.18.0.5'), to('198.18.0.6', 'turn-6.example'));
    expect(outcome).toBe('used');
    expect(asked).toEqual([
      serverWay,
      { ...serverWay, server: { ip: '198.18.0.5', port: 443 }, host: '198.18.0.5' },
      {
        ...serverWay,
        server: { ip: '198.18.0.6', port: 443 },
        name: 'turn-6.example',
        host: 'turn-6.example',
      },
    ]);
  });

  it('ends where servers send it in a circle (RFC 8489 10)', async () => {
    const { asked, outcome } = await follow(to('198.18.0.5'), to('198.18.0.4'));
    expect(asked).toHaveLength(2);
    expect(outcome).toBe('go to 198.18.0.4:443, which was asked before');
  });

  it('ends where each server names another one', async () => {
    const { asked, outcome } = await follow(...[5, 6, 7, 8, 9, 10].map((last) => to(`198.18.0.${last}`)));
    expect(asked).toHaveLength(5);
    expect(outcome).toBe('go to 198.18.0.9:443, after 5 servers');
  });

  it('hands on what else goes wrong', async () => {
    const failure = new AttemptFailure('TIMEOUT', 'no answer');
    await expect(withAlternates(serverWay, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
