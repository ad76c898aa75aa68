import { espInUdpPort, ipsecMode, type IpsecMode } from '../../../ladder';
import { socketOf } from '../dialler/channel';
import { dial, type Access } from '../dialler/dialler';
import { AttemptFailure } from '../failure';
import type { FiveTuple } from '../protocol';
import type { OpenWay, WayContext } from '../open-way';
import { wayToPcscf } from '../server-ways';
import { AkaChannel } from './aka-channel';
import { AkaSecurity } from './aka-security';
import { AttemptAssociations, connectToIpsec } from './attempt-associations';
import type { Usims } from './usim';

/**
 * Opens the way to the P-CSCF by IMS AKA: its sockets and the connection to the program `ipsec`. Nothing is sent yet.
 * @throws AttemptFailure `UNSUPPORTED` without that program or without a USIM; `SECURITY_NOT_AGREED` if the program does
 *   not answer
 */
export async function openByAka(context: WayContext): Promise<OpenWay> {
  const { request, config, subscriber, access, attempt } = context;
  const usim = usimsOf(access).of(subscriber);
  if (usim === undefined) throw unsupported(`the subscriber ${subscriber.impi} has no USIM (card)`);
  if (config.ipsec === undefined)
    throw unsupported('this UE has no program ipsec that makes security associations');
  const way = wayToPcscf(request, config);
  const mode = ipsecMode(request);
  const seenAs = seenOf(mode, access.address, way.server.ip);
  const maker = await connectToIpsec(config.ipsec);
  const associations = new AttemptAssociations(maker, attempt, seenAs);
  const plain = await dial(way, access, attempt);
  const channel = await AkaChannel.open(plain, seenAs, access.address, access.ports);
  attempt.closeAtEnd(() => channel.destroy());
  channel.whenOver = () => associations.close();
  channel.whenProtected = () => attempt.tellAnswered(socketOf(plain));
  attempt.onFlowAbandoned(socketOf(plain), (failure) => {
    // Once the way is protected nothing is awaited on this socket.
    if (!channel.isProtected) channel.lose(failure);
  });
  attempt.onFlowAbandoned(seenAs, (failure) => channel.lose(failure));
  return { channel, security: new AkaSecurity(channel, associations, mode, usim, subscriber) };
}

/** The way that the network sees: ESP has no ports; in UDP both ends have the same one (RFC 3948). */
const seenOf = (mode: IpsecMode, own: string, pcscf: string): FiveTuple => {
  const port = mode === 'trans' ? 0 : espInUdpPort;
  return {
    protocol: mode === 'trans' ? 'esp' : 'udp',
    local: { ip: own, port },
    remote: { ip: pcscf, port },
  };
};

function usimsOf({ usims }: Access): Usims {
  if (usims) return usims;
  throw unsupported('this UE has no USIM');
}

const unsupported = (why: string): AttemptFailure => new AttemptFailure('UNSUPPORTED', `no IMS AKA: ${why}`);
