import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { builtInBoxes } from '../../nodes';
import { netns } from './netns';

const topology = {
  networks: [{ id: 'access', subnet: '10.89.0.0/24' }],
  nodes: [
    {
      id: 'ue-0',
      kind: 'ue',
      interfaces: [{ network: 'access', ip: '10.89.0.2' }],
      routes: [],
      forwards: false,
    },
  ],
} as const;

it('gives programs of a node nothing of the environment of whoever started the lab', async () => {
  // This variable would change what a UE does, and so what is measured.
  process.env['NODE_OPTIONS'] = '--tls-min-v1.3';
  try {
    await using lab = await netns.start(topology, { names: {}, boxes: builtInBoxes });
    const { stdout } = await lab.node('ue-0').exec(['env']);
    const names = stdout.split('\n').map((line) => line.split('=', 1)[0]);
    expect(names.sort()).toEqual(['', 'HOME', 'LANG', 'PATH']);
    const spawned = lab.node('ue-0').spawn(['sh', '-c', 'test -z "$NODE_OPTIONS"']);
    expect(await spawned.exited).toBe(0);
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
});

it("lets programs that run as other users read a node's files, whatever the umask of whoever started the lab", async () => {
  const umask = process.umask(0o077);
  try {
    await using lab = await netns.start(topology, { names: {}, boxes: builtInBoxes });
    const node = lab.node('ue-0');
    await node.write({ 'below/text': 'words' });
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    expect(await node.exec([...asNobody, 'cat', `${node.folder}/below/text`])).toEqual({
      exitCode: 0,
      stdout: 'words',
      stderr: '',
    });
  } finally {
    process.umask(umask);
  }
});

it('gives a program a /tmp of its own that needs it, and leaves nothing of it there', async () => {
  await using lab = await netns.start(topology, { names: {}, boxes: builtInBoxes });
  const node = lab.node('ue-0');
  const file = `/tmp/nimsfw-own-tmp-${process.pid}`;
  const made = node.spawn(['sh', '-c', `ls -A /tmp; touch '${file}'; ls -A /tmp`], { ownTmp: true });
  expect((await text(made.stdout)).trim()).toBe(file.replace('/tmp/', ''));
  expect(await made.exited).toBe(0);
  expect(existsSync(file)).toBe(false);
});
