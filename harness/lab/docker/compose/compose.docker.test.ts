import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../testing/processes';
import { buildAllImages } from '../build-images';
import { installation } from '../../../../nodes/installation';
import { imageFor } from '../images';

/**
 * Uses docker-compose.yml as docs/docker-compose.md says, with the commands of the page. It runs on this
 * machine's engine, so no other lab may be up at the same time.
 */
const page = readFileSync(join(installation, 'docs/docker-compose.md'), 'utf8');
const project = `nimsfw-test-${randomBytes(3).toString('hex')}`;
const vendorImage = 'example/turn:1';

let folder: string;

/** Returns the blocks of commands below a heading of the page. */
function commandsUnder(heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  return [...(section ?? '').matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, commands]) => commands!);
}

interface Running {
  readonly output: () => string;
  readonly ended: Promise<{ exitCode: number; output: string }>;
}

/**
 * Runs commands as a user pastes them, with these very images, even if other images have the release's name.
 */
function start(commands: string): Running {
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: project,
    // Seconds. Compose 1.29 gives an engine up that takes longer for one request, as an engine on a busy
    // machine may.
    COMPOSE_HTTP_TIMEOUT: '240',
    COMPOSE_FILE: join(installation, 'docker-compose.yml'),
    NIMSFW_PCSCF_IMAGE: imageFor('pcscf'),
    NIMSFW_IMS_CORE_IMAGE: imageFor('ims-core'),
    NIMSFW_HSS_IMAGE: imageFor('hss'),
    NIMSFW_SCC_AS_IMAGE: imageFor('scc-as'),
    NIMSFW_TURN_IMAGE: imageFor('turn'),
    NIMSFW_PROXY_IMAGE: imageFor('proxy'),
    NIMSFW_FIREWALL_IMAGE: imageFor('firewall'),
    NIMSFW_UE_IMAGE: imageFor('ue'),
    NIMSFW_LAB_IMAGE: imageFor('ue'),
  };
  const shell = spawn('sh', ['-c', commands], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return {
    output: () => output,
    ended: new Promise((resolve, reject) => {
      shell.on('error', reject);
      shell.on('close', (code) => resolve({ exitCode: code ?? 128, output }));
    }),
  };
}

const run = (commands: string): Running['ended'] => start(commands).ended;

/** Runs commands one after the other and returns the output of each. */
async function outputsOf(commands: readonly string[]): Promise<readonly string[]> {
  const outputs: string[] = [];
  for (const one of commands) outputs.push((await run(one)).output);
  return outputs;
}

/** Lists the engine's things of this project by the label that Compose gives. */
async function remains(): Promise<string> {
  const filter = `--filter label=com.docker.compose.project=${project}`;
  const asked = ['ps -a', 'network ls', 'volume ls'].map((list) => `docker ${list} -q ${filter}`);
  return (await run(asked.join(' && '))).output;
}

const minutes = 60_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-compose-'));
  await buildAllImages(() => undefined);
}, 10 * minutes);

afterAll(async () => {
  // The project is still up if a test before the last one has failed.
  if ((await remains()) !== '')
    await run('COMPOSE_PARALLEL_LIMIT=2 docker-compose --profile all down -v --remove-orphans');
  await run(`docker image rm ${vendorImage}`);
  rmSync(folder, { recursive: true });
}, 2 * minutes);

test('docker-compose finds nothing wrong with the file', async () => {
  expect(await run('docker-compose config -q')).toEqual({ exitCode: 0, output: '' });
});

test(
  'when up has ended, the core serves and every service is as the page says',
  async () => {
    const [, up] = commandsUnder('Start');
    expect(up).toContain('--profile type-6 --profile type-8');
    const { exitCode, output } = await run(up!);
    expect(exitCode === 0 || output).toBe(true);
    expect((await run('docker-compose logs --no-color ready')).output).toContain('ready: the core serves');
    const { output: table } = await run('docker-compose --profile all ps');
    const rows = table.split('\n').filter((row) => row.startsWith(project));
    const states = Object.fromEntries(
      rows.map((row) => [row.slice(project.length + 1).split('_1 ')[0], / (Exit \d+|Up)\b/.exec(row)?.[1]]),
    );
    const ended = [
      'setup',
      'ready',
      'routes-pcscf',
      'routes-hss',
      'routes-ims-core',
      'routes-scc-as',
      'routes-turn',
      'routes-peer',
    ];
    const stay = [
      'pcscf',
      'hss',
      'ims-core',
      'scc-as',
      'turn',
      'peer',
      'fw-6',
      'ue-6',
      'fw-8',
      'ue-8',
      'proxy-8',
    ];
    expect(states).toEqual({
      ...Object.fromEntries(ended.map((name) => [name, 'Exit 0'])),
      ...Object.fromEntries(stay.map((name) => [name, 'Up'])),
    });
  },
  5 * minutes,
);

/** The build of the stand-in for a vendor's image, which waits for packages while the other examples wait for answers. */
let building: Running['ended'];

describe('examples', () => {
  let registering: Promise<readonly string[]>;

  // This is mostly waiting, and on another network than the one that is captured meanwhile.
  beforeAll(() => {
    registering = outputsOf(commandsUnder('Register through type 8'));
    building = start(commandsUnder('Swap the TURN image')[0]!).ended;
  });

  test('capture on a firewall', async () => {
    const [capture, traffic, denied] = commandsUnder('Capture on a firewall');
    const capturing = start(capture!);
    await until(() => capturing.output().includes('listening on'), 'tcpdump to listen', 30_000);
    expect((await run(traffic!)).output).toContain('Verification: OK');
    expect((await capturing.ended).output).toContain('20 packets captured');
    const pcap = readFileSync(join(folder, 'fw-6.pcap'));
    // The capture has the UE's address before the NAPT and the firewall's own behind it, each as four bytes.
    expect(pcap.includes(Buffer.from([10, 89, 6, 2]))).toBe(true);
    expect(pcap.includes(Buffer.from([198, 19, 1, 16]))).toBe(true);

    expect((await run(denied!)).output).toMatch(/ tcp-port-not-allowed .* SRC=10\.89\.6\.2 .* DPT=5061 /);
  });

  test('register through type 8', async () => {
    const [register, relay, direct] = await registering;
    const [challenge, answer, ...more] = register!.match(/^SIP\/2\.0 .*/gm) ?? [register];
    // RFC 3261 22.2: the request is challenged first, and accepted with the right answer.
    expect(challenge).toMatch(/^SIP\/2\.0 401 /);
    expect(answer).toMatch(/^SIP\/2\.0 200 /);
    expect(more).toEqual([]);
    expect(relay).toContain('Verification: OK');
    expect(direct).not.toContain('CONNECTION ESTABLISHED');
    // The rule is the lab's, and the packet goes from the UE itself to the TURN server's 443.
    expect(direct).toMatch(/ direct-not-allowed .* SRC=10\.89\.8\.2 DST=198\.19\.0\.30 .* DPT=443 /);
  });
});

test(
  'a node of the core that was restarted has its routes again after up',
  async () => {
    const routes = async (): Promise<string[]> =>
      (await run('docker-compose exec -T turn ip route')).output.match(/^\S+ via \S+/gm) ?? [];
    // Types 0 and closed do not translate addresses, so the nodes that answer their UEs need a route there.
    const wanted = ['10.89.0.0/24 via 198.19.1.10', '10.89.10.0/24 via 198.19.1.20'];
    expect((await routes()).sort()).toEqual(wanted);
    await run('docker-compose restart turn');
    expect((await routes()).sort()).not.toEqual(wanted);
    const [, up] = commandsUnder('Start');
    expect((await run(up!)).exitCode).toBe(0);
    expect((await routes()).sort()).toEqual(wanted);
  },
  3 * minutes,
);

test(
  'example: swap the TURN image',
  async () => {
    const [, swap, look] = commandsUnder('Swap the TURN image');
    const built = await building;
    expect(built.exitCode === 0 || built.output).toBe(true);
    const swapped = await run(swap!);
    expect(swapped.exitCode === 0 || swapped.output).toBe(true);
    const { output } = await run(look!);
    expect(output).toMatch(/example\/turn +1 /);
    expect(output).toContain('Verification: OK');
  },
  10 * minutes,
);

test(
  'down leaves nothing',
  async () => {
    expect(await remains()).not.toBe('');
    const [down] = commandsUnder('End');
    expect((await run(down!)).exitCode).toBe(0);
    expect(await remains()).toBe('');
  },
  3 * minutes,
);
