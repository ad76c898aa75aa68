import { buildScript, explainFailure } from './script';
import { Topo } from './topo';
import { wire } from './wiring';

describe('explainFailure', () => {
  const noShaping = { tc: new Map(), nft: new Map() };
  const script = buildScript(
    wire(new Topo().host('h1', { ip: '10.0.0.1/24' }).switch('s1').link('h1', 's1')),
    noShaping,
    2,
  );

  test('shows the line of the batch that ip refused, in one line', () => {
    // Fourth line of the host's batch: lo up, addrgenmode, segments, address.
    const error = explainFailure(
      ['making host h1', 'RTNETLINK answers: File exists', 'Command failed -:4'],
      script,
    );
    expect([error.code, error.message]).toEqual([
      'NETWORK_START_FAILED',
      'making host h1 failed at "address add 10.0.0.1/24 broadcast + dev h1-eth0": RTNETLINK answers: File exists',
    ]);
  });

  test('does without the line when the program named none', () => {
    const error = explainFailure(['mounting /proc', 'mount: permission denied', ''], undefined);
    expect(error.message).toBe('mounting /proc failed: mount: permission denied');
  });
});
