import { LabError } from './lab-error';
import { Outages, type Outage } from './outages';

const died = (node: string): LabError => new LabError('NODE_DIED', `${node} ended`, { node });

it('tells each node once: what follows from its end is no news', () => {
  const outages = new Outages();
  const heard: string[] = [];
  const stop = outages.on(({ text }) => heard.push(text));
  outages.tell('peer', died('peer'));
  outages.tell('peer', new LabError('UE_GONE', 'the UE has ended'));
  outages.tell('turn', died('turn'));
  stop();
  outages.tell('pcscf', died('pcscf'));
  expect(heard).toEqual(['peer ended', 'turn ended']);
  expect(outages.all.map(({ node, code }) => [node, code])).toEqual([
    ['peer', 'NODE_DIED'],
    ['turn', 'NODE_DIED'],
    ['pcscf', 'NODE_DIED'],
  ]);
});

it('is waited for by who needs the node, before it happens and after', async () => {
  const outages = new Outages();
  const { signal } = new AbortController();
  const before = outages.of(['ue-6', 'peer'], signal);
  outages.tell('ue-8', died('ue-8'));
  outages.tell('peer', died('peer'));
  expect(await before).toMatchObject({ node: 'peer' });
  expect(await outages.of(['peer'], signal)).toMatchObject({ node: 'peer' });
  expect(outages.among(['ue-6', 'ue-8'])).toMatchObject({ node: 'ue-8' });
  expect(outages.among(['ue-6'])).toBeUndefined();
});

it('is waited for no longer than is of interest', async () => {
  const outages = new Outages();
  const over = new AbortController();
  const heard: Outage[] = [];
  const waiting = outages.of(['peer'], over.signal).then((outage) => heard.push(outage));
  over.abort();
  outages.tell('peer', died('peer'));
  await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve))]);
  expect(heard).toEqual([]);
});

it('is none when the lab ends', () => {
  const outages = new Outages();
  outages.end();
  outages.tell('peer', died('peer'));
  expect(outages.all).toEqual([]);
});
