/** The home network's domain and digest realm, in the test PLMN (3GPP TS 23.003 clause 13). */
export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

/** Beginning of the home network's numbers: country code 999, which no country has (ITU-T E.164), and the test PLMN. */
export const numberPrefix = '+99900101';

/** Returns the FQDN of a host of the home network. */
export const nameInHomeNetwork = (hostName: string): string => `${hostName}.${homeDomain}`;
