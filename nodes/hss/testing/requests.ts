import { avp, type Avp, type DiameterMessage } from '../diameter';
import { avps, commands, cxApplication, vendor3gpp } from '../dictionary';

/** Makes a request of an S-CSCF. */
export const request = (
  command: number,
  content: readonly Avp[],
  application = cxApplication,
): DiameterMessage => ({
  isRequest: true,
  isProxiable: application === cxApplication,
  isError: false,
  command,
  application,
  hopByHop: 7,
  endToEnd: 8,
  avps: content,
});

const session = avp(avps.sessionId, 'scscf;1;1');

/** CER of a peer that has the application Cx. */
export const cer = request(
  commands.capabilitiesExchange,
  [
    avp(avps.originHost, 'scscf.ims.example'),
    avp(avps.vendorSpecificApplicationId, [
      avp(avps.vendorId, vendor3gpp),
      avp(avps.authApplicationId, cxApplication),
    ]),
  ],
  0,
);

/** DWR and DPR. */
export const watchdog = request(commands.deviceWatchdog, [avp(avps.originHost, 'scscf.ims.example')], 0);
export const disconnect = request(commands.disconnectPeer, [avp(avps.originHost, 'scscf.ims.example')], 0);

/** MAR for one item of authentication data. */
export const mar = (impi: string, impu: string, scheme: string, ...more: readonly Avp[]): DiameterMessage =>
  request(commands.multimediaAuth, [
    session,
    avp(avps.userName, impi),
    avp(avps.publicIdentity, impu),
    avp(avps.sipNumberAuthItems, 1),
    avp(avps.sipAuthDataItem, [avp(avps.sipAuthenticationScheme, scheme), ...more]),
    avp(avps.serverName, 'sip:scscf'),
  ]);

/** SAR of this assignment type. */
export const sar = (impi: string, impu: string, type: number): DiameterMessage =>
  request(commands.serverAssignment, [
    session,
    avp(avps.userName, impi),
    avp(avps.publicIdentity, impu),
    avp(avps.serverName, 'sip:scscf'),
    avp(avps.serverAssignmentType, type),
  ]);
