import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Flow } from '../../nodes/ue/protocol';
import { captureCommand, dropLogCommand } from '../../nodes/tcpdump';
import { captureFacts, readCapture, type CaptureContent, type CaptureFacts } from './capture-facts';
import { DropWatch } from './drop-watch';
import { matchDrop } from './match';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import { readSquidLine, squidLogFormat } from '../../nodes/proxy/squid-log';
import { quoted } from '../../nodes/shell-word';
import { Namespace, within } from './testing/namespace';

/** Tests with the real programs in the test's own namespace: tcpdump, nft, squid, Node's TLS. */

test('tcpdump on nflog tells which rule dropped which packet', async () => {
  const script = `
nft -f - <<'END'
table inet fw {
  chain out { type filter hook output priority 0;
    udp dport 5060 log prefix "T3-SIP-UDP" group 5 queue-threshold 1 drop
  }
  chain in { type filter hook input priority 0;
    tcp dport 443 log prefix "T6-TCP" group 5 queue-threshold 1 drop
  }
}
END
${dropLogCommand(5).join(' ')} &
read -r go
node -e '
const datagrams = require("node:dgram").createSocket("udp4");
datagrams.bind(40000, () => datagrams.send(process.argv[1], 5060, "127.0.0.1", () => datagrams.close()));
const socket = require("node:net").connect({ port: 443, host: "127.0.0.1", localPort: 40001 });
socket.on("error", () => 0);
process.stdin.on("data", () => process.exit()).on("end", () => process.exit());
' "$(printf 'REGISTER sip:a SIP/2.0\\r\\nCall-ID: c9\\r\\nVia: SIP/2.0/UDP a;branch=z9hG4bK9\\r\\n\\r\\n')"
`;
  await using namespace = new Namespace(script);
  const watch = new DropWatch(namespace.child.stdout, 'fw-3');
  await watch.ready;
  const both = new Promise<void>((resolve) => {
    watch.onDrop(() => new Set(watch.drops.map(({ rule }) => rule)).size === 2 && resolve());
  });
  const before = Date.now();
  namespace.say('go');
  await within(10_000, 'a drop by each of the two rules', both);
  const after = Date.now();

  const sip = watch.drops.find(({ rule }) => rule === 'T3-SIP-UDP');
  expect(sip).toMatchObject({
    firewall: 'fw-3',
    chain: 'output',
    packet: { protocol: 'udp', src: '127.0.0.1', sport: 40000, dst: '127.0.0.1', dport: 5060 },
    readable: { sip: [{ method: 'REGISTER', branch: 'z9hG4bK9', callId: 'c9' }] },
  });
  const syn = watch.drops.find(({ rule }) => rule === 'T6-TCP');
  expect(syn).toMatchObject({
    chain: 'input',
    packet: { protocol: 'tcp', sport: 40001, dport: 443, flags: { syn: true, ack: false } },
  });
  for (const drop of [sip, syn]) {
    expect(drop?.at).toBeGreaterThanOrEqual(before - 1);
    expect(drop?.at).toBeLessThanOrEqual(after + 1);
  }
  const flow: Flow = {
    attempt: 'a',
    at: before,
    protocol: 'udp',
    local: { ip: '127.0.0.1', port: 40000 },
    remote: { ip: '127.0.0.1', port: 5060 },
  };
  const trace = { startedAt: before, endedAt: after, flows: [flow], identifiers: [] };
  expect(watch.drops.filter((drop) => matchDrop(drop, trace))).toEqual([sip]);
});

describe("Node's TLS, captured on the UE's side", () => {
  let content: CaptureContent;
  let ports: Record<string, number>;
  const begun = Date.now();

  beforeAll(async () => {
    const script = `
cd "$DIR"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=pcscf.example 2>/dev/null
${captureCommand('lo').map(quoted).join(' ')} & TCPDUMP=$!
read -r go
node "$1" >&2
read -r stop
kill $TCPDUMP; wait $TCPDUMP
`;
    await using namespace = new Namespace(script, [join(__dirname, 'testing', 'tls-session.js')]);
    const chunks: Buffer[] = [];
    const everything = new Promise<void>((resolve) => {
      namespace.child.stdout.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const last = Buffer.from('c34f01bb', 'hex'); // from port 49999 to 443
        if (Buffer.concat(chunks).includes(last)) resolve();
      });
    });
    await namespace.hear('tcpdump: listening');
    namespace.say('go');
    ports = JSON.parse(await namespace.hear('flows ')) as Record<string, number>;
    await within(20_000, 'the last connection in the capture', everything);
    const ended = once(namespace.child.stdout, 'end');
    namespace.say('stop');
    await ended;
    content = await readCapture(one(Buffer.concat(chunks)));
  });

  function factsOf(name: string, remotePort = 443): CaptureFacts {
    const flow: Flow = {
      attempt: name,
      at: begun,
      protocol: 'tcp',
      local: { ip: '127.0.0.1', port: ports[name] ?? 0 },
      remote: { ip: '127.0.0.1', port: remotePort },
      ...(remotePort === 3128 && { connect: 'pcscf.example:443' }),
    };
    return captureFacts(content, {
      flows: [flow],
      endedAt: Date.now(),
      expectsTls: () => true,
      capture: 'ue.pcap',
    });
  }

  test('the capture is whole', () => expect(content.problem).toBeUndefined());

  test.each([
    ['aes', 'TLSv1.2', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['null', 'TLSv1.2', 'TLS_RSA_WITH_NULL_SHA'],
    ['modern', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['retry', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
  ])('%s: %s with %s, and no byte before the handshake ends', (name, version, suite) => {
    const facts = factsOf(name);
    expect(facts.tcpConnections).toBe(1);
    expect(facts.tls).toEqual([
      {
        version,
        suite,
        handshakeEnded: true,
        bytesBeforeHandshakeEnd: 0,
        connection: {
          local: { ip: '127.0.0.1', port: ports[name] },
          remote: { ip: '127.0.0.1', port: 443 },
        },
        capture: 'ue.pcap',
      },
    ]);
  });

  test("the server's certificate is in the capture up to TLS 1.2", () => {
    const [certificate] = factsOf('null').certificates;
    expect(new X509Certificate(certificate?.der ?? Buffer.alloc(0)).subject).toBe('CN=pcscf.example');
    expect(factsOf('modern').certificates).toEqual([]);
  });

  test('behind a proxy: one CONNECT in one connection, and TLS inside', () => {
    expect(factsOf('proxied', 3128)).toMatchObject({
      tcpConnections: 1,
      proxy: { tcpConnections: 1, connectRequests: 1 },
      tls: [
        {
          suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
          handshakeEnded: true,
          bytesBeforeHandshakeEnd: 0,
          connection: { target: 'pcscf.example:443' },
        },
      ],
    });
  });

  test('a client that refuses the certificate has said nothing', () => {
    expect(factsOf('refused').tls).toMatchObject([{ version: 'TLSv1.2', bytesBeforeHandshakeEnd: 0 }]);
  });

  // The bytes that were sent too early, counted by hand: the request has 38 bytes, the record 5 + 5.
  test.each([
    ['sipFirst', 38],
    ['sipAfterHello', 38],
    ['recordAfterHello', 10],
  ])('%s: a client that cannot wait is found out', (name, bytes) => {
    const [tls] = factsOf(name).tls;
    expect(tls?.handshakeEnded).toBe(false);
    expect(tls?.bytesBeforeHandshakeEnd).toBeGreaterThanOrEqual(bytes);
  });
});

test('squid writes the log that is read', async () => {
  const script = `
cd "$DIR"; mkdir log; chown proxy log; chmod 755 .
cat > squid.conf <<'END'
http_port 127.0.0.1:3128
http_port 127.0.0.1:3129 name=asking
auth_param basic program /usr/lib/squid/basic_fake_auth
acl known proxy_auth REQUIRED
acl asking myportname asking
acl tls port 443
acl CONNECT method CONNECT
http_access deny !CONNECT
http_access deny !tls
http_access deny asking !known
http_access allow all
visible_hostname proxy
pid_filename none
pinger_enable off
shutdown_lifetime 0 seconds
connect_timeout 2 seconds
END
echo 'logformat nimsfw ${squidLogFormat}' >> squid.conf
echo "cache_log $DIR/log/cache.log" >> squid.conf
echo "coredump_dir $DIR/log" >> squid.conf
echo "access_log stdio:$DIR/log/access.log logformat=nimsfw" >> squid.conf
squid -N -f squid.conf 2>"$DIR/squid.err" & SQUID=$!
node -e '
const net = require("node:net");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = (proxy, head, localPort) => new Promise((resolve, reject) => {
  const socket = net.connect({ port: proxy, host: "127.0.0.1", localPort }, () => socket.write(head));
  socket.on("data", () => socket.end()).on("close", resolve).on("error", reject);
});
const connect = (target) => "CONNECT " + target + " HTTP/1.1\\r\\nHost: " + target + "\\r\\n\\r\\n";
net.createServer((socket) => {
  socket.on("end", () => socket.end()).resume();
  console.error("upstream " + socket.remotePort);
}).listen(443, "127.0.0.1", async () => {
  const up = () => new Promise((resolve) => {
    const socket = net.connect(3128, "127.0.0.1", () => resolve(socket.destroy() && true));
    socket.on("error", () => resolve(false));
  });
  const deadline = Date.now() + 15000;
  while (!(await up())) { if (Date.now() > deadline) process.exit(1); await sleep(20); }
  await ask(3128, connect("127.0.0.1:443"), 41000);
  await ask(3128, connect("127.0.0.1:5061"), 41001);
  await ask(3129, connect("127.0.0.1:443"), 41002);
  await ask(3128, connect("127.0.0.2:443"), 41003);
  process.exit();
});
' >&2
kill $SQUID; wait $SQUID || true
cat log/access.log
`;
  await using namespace = new Namespace(script);
  const chunks: Buffer[] = [];
  namespace.child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(namespace.child.stdout, 'end');
  const entries = Buffer.concat(chunks).toString().trimEnd().split('\n').map(readSquidLine);
  expect(entries).not.toContain(undefined);
  const from = (port: number): ProxyLogEntry | undefined =>
    entries.find((entry) => entry?.client.port === port);
  expect(from(41000)).toMatchObject({
    isDenied: false,
    httpStatus: 200,
    method: 'CONNECT',
    target: '127.0.0.1:443',
    server: { ip: '127.0.0.1', port: 443 },
    localPort: Number(await namespace.hear('upstream ')),
  });
  expect(from(41001)).toMatchObject({ isDenied: true, httpStatus: 403, target: '127.0.0.1:5061' });
  expect(from(41002)).toMatchObject({ isDenied: true, httpStatus: 407 });
  expect(from(41003)).toMatchObject({
    isDenied: false,
    httpStatus: 503,
    server: { ip: '127.0.0.2', port: 443 },
    localPort: undefined,
  });
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
