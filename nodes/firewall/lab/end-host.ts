import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { listenTls, talkTls } from './tls-end';
import { answerTo, answerWith, at, echoPort, whoAmI, type SendOrder, type SendReport } from './probe';

/**
 * The program on the hosts around the firewall. `end-host.js ADDRESSES TCPPORTS UDPPORTS` answers on
 * these ports, holds the conversations that it reads as JSON lines, and reports how each ended. Its
 * first line says that it is ready.
 */

function answer(data: Buffer): Buffer {
  const start = data.indexOf(answerWith);
  return start < 0 ? data : data.subarray(start + answerWith.length);
}

function report(what: SendReport): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function ignore(): void {
  // The sender learns of this error from the firewall or not at all.
}

function listenTcp(address: string, port: number): Promise<void> {
  if (address === at.tls) return port === 443 ? listenTls(address, port) : Promise.resolve();
  const server = createServer((socket) => {
    socket.on('error', ignore);
    if (address === at.banner) socket.write('SSH-2.0-banner\r\n');
    else socket.on('data', (data) => socket.write(answer(data)));
  });
  return new Promise((resolve) => server.listen(port, address, resolve));
}

function listenUdp(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (data, from) => {
    const text = data.toString('latin1');
    const reply = text === whoAmI ? `${from.address}:${from.port}` : data;
    socket.send(
      reply,
      text.startsWith(answerTo) ? Number(text.slice(answerTo.length)) : from.port,
      from.address,
    );
  });
  socket.on('error', ignore);
  return new Promise((resolve) => socket.bind(port, address, resolve));
}

function payloads({ send, localPort }: SendOrder): Buffer[] {
  return send.map((base64) => {
    const payload = Buffer.from(base64, 'base64');
    return payload.equals(Buffer.from(answerTo)) ? Buffer.from(`${answerTo}${localPort}`) : payload;
  });
}

function talkUdp(order: SendOrder): void {
  const { localPort, to } = order;
  const socket = createSocket('udp4');
  const rest = payloads(order);
  const next = (answered?: Buffer): void => {
    const payload = rest.shift();
    if (payload) socket.send(payload);
    else report({ localPort, lastAnswer: answered?.toString('base64') });
  };
  socket
    .on('message', next)
    .on('error', (error: NodeJS.ErrnoException) => report({ localPort, error: error.code }));
  // The kernel reports ICMP errors only to a connected socket.
  socket.bind(localPort, () => socket.connect(to.port, to.ip, () => next()));
}

function talkTcp(order: SendOrder): void {
  const { localPort, to, tls } = order;
  if (tls) {
    talkTls(tls, to, localPort).then(
      (answer) => report({ localPort, lastAnswer: Buffer.from(answer, 'latin1').toString('base64') }),
      (error: NodeJS.ErrnoException) => report({ localPort, error: error.code ?? error.message }),
    );
    return;
  }
  const socket = connect({ host: to.ip, port: to.port, localPort, noDelay: true });
  const rest = payloads(order);
  const next = (answered?: Buffer): void => {
    const payload = rest.shift();
    if (payload) socket.write(payload);
    else report({ localPort, lastAnswer: answered?.toString('base64') });
  };
  // A client that has nothing to send waits for the server's first bytes.
  if (rest.length > 0) socket.on('connect', () => next());
  socket.on('data', next);
  socket.on('error', (error: NodeJS.ErrnoException) => report({ localPort, error: error.code }));
}

/**
 * Sends ESP by a Perl script, since Node has no raw sockets and every Debian has Perl. The other host does not
 * speak ESP, so its kernel answers with ICMP "protocol unreachable" (type 3, code 2).
 */
function talkEsp({ localPort, to }: SendOrder): void {
  const script = `
    use Socket;
    socket(my $icmp, PF_INET, SOCK_RAW, 1) or die "icmp: $!";
    socket(my $esp, PF_INET, SOCK_RAW, 50) or die "esp: $!";
    send($esp, pack("nnN", ${localPort}, 0, 1), 0, sockaddr_in(0, inet_aton("${to.ip}"))) or die "send: $!";
    while (1) {
      recv($icmp, my $packet, 2000, 0);
      my ($type, $code) = unpack("CC", substr($packet, 20));
      exit 0 if $type == 3 and $code == 2;
    }`;
  const child = spawn('perl', ['-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('exit', (code) => report(code === 0 ? { localPort } : { localPort, error: `exit ${code}` }));
}

const talk = { udp: talkUdp, tcp: talkTcp, esp: talkEsp };

async function main([addresses = '', tcpPorts = '', udpPorts = '']: readonly string[]): Promise<void> {
  const numbers = (text: string): number[] => text.split(',').filter(Boolean).map(Number);
  await Promise.all(
    addresses
      .split(',')
      .flatMap((address) => [
        ...numbers(tcpPorts).map((port) => listenTcp(address, port)),
        ...[...numbers(udpPorts), echoPort].map((port) => listenUdp(address, port)),
      ]),
  );
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const order = JSON.parse(line) as SendOrder;
      talk[order.protocol](order);
    })
    .on('close', () => process.exit(0));
  process.stdout.write('ready\n');
}

void main(process.argv.slice(2));
