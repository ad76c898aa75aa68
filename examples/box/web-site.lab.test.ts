import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { ImsLab } from '../../harness/lab/ims-lab';
import { netns } from '../../harness/lab/netns';
import { builtInBoxes } from '../../nodes';
import { webSite } from './web-site';

test('a box from outside stands in the lab, and who is behind a firewall finds it by its name', async () => {
  const firewall = builtInCatalogue.find(({ id }) => id === '6')!;
  await using lab = await ImsLab.start({
    backend: netns,
    catalogue: builtInCatalogue,
    firewalls: [firewall],
    boxes: builtInBoxes.with(webSite),
    log: () => new PassThrough().resume(),
  });
  const [network] = await Promise.all([lab.startAccess(firewall), lab.coreReady]);
  const name = 'web.ims.mnc001.mcc001.3gppnetwork.org';
  const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -connect ${name}:443 -CAfile trust.pem -verify_return_error -verify_hostname ${name} -ign_eof`;
  const { exitCode, stdout, stderr } = await lab.node(network.nodes.ue).exec(['sh', '-c', ask]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('verify return:1')]);
  expect(stdout).toContain('HTTP/1.0 200 ok');

  await lab.checkUp(['web-site']);
  expect(lab.outages.all).toEqual([]);
});

test('docs/extending.md has it as it is', () => {
  const read = (path: string): string => readFileSync(join(__dirname, '../../..', path), 'utf8');
  const [, code] = read('examples/box/web-site.ts').split(/^(?=export )/m);
  expect(read('docs/extending.md')).toContain(`\`\`\`ts\n${code}\`\`\``);
});
