/** The home network's domain, also the digest realm: the test PLMN of 3GPP TS 23.003 clause 13. */
export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

/** The home network's numbers begin so: country code 999, which is nobody's (ITU-T E.164), and the test PLMN. */
export const numberPrefix = '+99900101';

/** The FQDN of a host of the home network. */
export const nameInHomeNetwork = (hostName: string): string => `${hostName}.${homeDomain}`;
