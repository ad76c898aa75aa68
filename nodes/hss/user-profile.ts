import type { HssSubscriber } from './config';

/**
 * Returns the user profile of a subscription as XML (TS 29.228 Annex B and E): all public user identities in one
 * service profile, which is one implicit registration set.
 */
export function userProfile({ impi, impus }: Pick<HssSubscriber, 'impi' | 'impus'>): string {
  const identities = impus.map(
    (impu) =>
      `<PublicIdentity><BarringIndication>0</BarringIndication><Identity>${escaped(impu)}</Identity></PublicIdentity>`,
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<IMSSubscription><PrivateID>${escaped(impi)}</PrivateID>` +
    `<ServiceProfile>${identities.join('')}</ServiceProfile></IMSSubscription>`
  );
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
