/** The vendor 3GPP (RFC 3589). */
export const vendor3gpp = 10415;

/** The application Cx (TS 29.229 3). */
export const cxApplication = 16_777_216;

/** Command codes: RFC 6733 3.1 and TS 29.229 6.1. */
export const commands = {
  capabilitiesExchange: 257,
  deviceWatchdog: 280,
  disconnectPeer: 282,
  serverAssignment: 301,
  multimediaAuth: 303,
} as const;

const base = (code: number): { code: number } => ({ code });
const cx = (code: number): { code: number; vendor: number } => ({ code, vendor: vendor3gpp });

/** AVPs: RFC 6733 4.5, RFC 4740 9 (those of Digest) and TS 29.229 6.3 (those with a vendor). */
export const avps = {
  userName: base(1),
  hostIpAddress: base(257),
  authApplicationId: base(258),
  vendorSpecificApplicationId: base(260),
  sessionId: base(263),
  originHost: base(264),
  supportedVendorId: base(265),
  vendorId: base(266),
  resultCode: base(268),
  productName: { code: 269, isMandatory: false },
  authSessionState: base(277),
  failedAvp: base(279),
  originRealm: base(296),
  experimentalResult: base(297),
  experimentalResultCode: base(298),
  digestRealm: base(104),
  digestQop: base(110),
  digestAlgorithm: base(111),
  digestHa1: base(121),
  publicIdentity: cx(601),
  serverName: cx(602),
  userData: cx(606),
  sipNumberAuthItems: cx(607),
  sipAuthenticationScheme: cx(608),
  sipAuthenticate: cx(609),
  sipAuthorization: cx(610),
  sipAuthDataItem: cx(612),
  sipItemNumber: cx(613),
  serverAssignmentType: cx(614),
  confidentialityKey: cx(625),
  integrityKey: cx(626),
  sipDigestAuthenticate: { ...cx(635), isMandatory: true },
} as const;

/** Base AVPs besides those above that a request of a peer may carry with the M bit (RFC 6733 4.5). */
const otherBase = [259, 261, 267, 278, 280, 282, 283, 284, 293, 299];

/** AVPs of Cx besides those above that a request may carry with the M bit (TS 29.229 6.3). */
const otherCx = [600, 603, 604, 605, 611, 615, 618, 623, 624, 628, 629, 630, 631, 633, 634, 636, 648];

const known = new Set([
  ...Object.values(avps).map(({ code, ...rest }) => `${'vendor' in rest ? rest.vendor : 0}/${code}`),
  ...otherBase.map((code) => `0/${code}`),
  ...otherCx.map((code) => `${vendor3gpp}/${code}`),
]);

/** Says whether the HSS understands an AVP. */
export const isKnown = ({ vendor, code }: { vendor: number; code: number }): boolean =>
  known.has(`${vendor}/${code}`);

/** Values of Result-Code (RFC 6733 7.1). */
export const results = {
  success: 2001,
  commandUnsupported: 3001,
  unknownPeer: 3010,
  avpUnsupported: 5001,
  invalidAvpValue: 5004,
  missingAvp: 5005,
  noCommonApplication: 5010,
  invalidAvpLength: 5014,
} as const;

/** Values of Experimental-Result-Code (TS 29.229 6.2.2). */
export const cxResults = {
  userUnknown: 5001,
  identitiesDontMatch: 5002,
  authSchemeNotSupported: 5006,
} as const;

/** Values of SIP-Authentication-Scheme (TS 29.229 6.3.9). */
export const schemes = { aka: 'Digest-AKAv1-MD5', digest: 'SIP Digest', any: 'Unknown' } as const;
