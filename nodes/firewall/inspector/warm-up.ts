import { inspectionQueue, type Finding } from '../../../firewalls/inspection';
import { Inspector } from './inspector';
import { verdict } from './netfilter-queue';

/** Makes a TCP segment between two addresses for documentation (RFC 5737), without checksums. */
function segment(fromServer: boolean, flags: number, sequence: number, data = ''): Buffer {
  const bytes = Buffer.from(data, 'hex');
  const header = Buffer.alloc(40);
  header.set([0x45, 0]);
  header.writeUInt16BE(40 + bytes.length, 2);
  header[9] = 6;
  const [client, server] = ['c0000201', 'c0000202'];
  header.write(fromServer ? server + client : client + server, 12, 'hex');
  header.writeUInt16BE(443, fromServer ? 20 : 22);
  header.writeUInt32BE(sequence, 24);
  header.writeUInt32BE(1, 28);
  header.set([0x50, flags], 32);
  return Buffer.concat([header, bytes]);
}

/** A SYN/ACK; a ClientHello that ends after its version; a ServerHello that chooses TLS_RSA_WITH_AES_128_CBC_SHA. */
const connection = [
  segment(true, 0x12, 0),
  segment(false, 0x10, 1, '1603010006' + '010000020303'),
  segment(true, 0x10, 1, '160303002a' + '020000260303' + '00'.repeat(32) + '00002f00'),
];

/**
 * Has the inspector read a connection of its own, so that Node has compiled the code. The first real connection
 * would otherwise wait some 7 ms for that.
 * @returns the finding about each packet
 */
export function warmUp(): (Finding | undefined)[] {
  const inspector = new Inspector();
  return connection.map((packet) => {
    const finding = inspector.inspect(packet);
    verdict(inspectionQueue, 0, undefined);
    return finding;
  });
}
