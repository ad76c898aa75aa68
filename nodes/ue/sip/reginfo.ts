import { SaxesParser } from 'saxes';
import { isSameIdentity } from './sip-text';

/** A contact of a registration, as the registrar tells of it (RFC 3680 5.3). */
export interface RegisteredContact {
  readonly uri: string;
  readonly state: string;
}

/** One address of record in a notification of the reg event. */
export interface RegisteredIdentity {
  /** The address of record: a public user identity. */
  readonly aor: string;
  readonly state: string;
  readonly contacts: readonly RegisteredContact[];
}

const namespace = 'urn:ietf:params:xml:ns:reginfo';

/**
 * Reads a document of the reg event (RFC 3680 5).
 * @throws Error one line that says why it is none
 */
export function readReginfo(xml: string): RegisteredIdentity[] {
  const identities: { aor: string; state: string; contacts: { uri: string; state: string }[] }[] = [];
  const open: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    const attribute = (name: string): string => attributes[name]?.value ?? '';
    open.push(uri === namespace ? local : '');
    if (open.length === 1 && open[0] !== 'reginfo')
      throw new Error(`its root is <${local}>, and no <reginfo>`);
    switch (open.join('/')) {
      case 'reginfo/registration':
        identities.push({ aor: attribute('aor'), state: attribute('state'), contacts: [] });
        break;
      case 'reginfo/registration/contact':
        identities.at(-1)!.contacts.push({ uri: '', state: attribute('state') });
    }
  });
  parser.on('text', (text) => {
    const contact = identities.at(-1)?.contacts.at(-1);
    if (contact && open.join('/') === 'reginfo/registration/contact/uri') contact.uri += text.trim();
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return identities;
}

/**
 * Says whether a document of the reg event has a Contact as active.
 * @param identity the public user identity that the document has to be about
 * @param contact URI
 * @throws Error one line that says why the document is none, or about whom else it is
 */
export function isActiveIn(xml: string, identity: string, contact: string): boolean {
  const identities = readReginfo(xml);
  const own = identities.find(({ aor }) => isSameIdentity(aor, identity));
  if (!own) throw new Error(`it is about ${aboutWhom(identities)}, and not about ${identity}`);
  return (
    own.state === 'active' &&
    own.contacts.some(({ state, uri }) => state === 'active' && isSameContact(uri, contact))
  );
}

const aboutWhom = (identities: readonly RegisteredIdentity[]): string =>
  identities.map(({ aor }) => aor).join(', ') || 'nobody';

/** Says whether two Contacts have the same user and are at the same address; their parameters differ by registrar. */
function isSameContact(one: string, other: string): boolean {
  const placeOf = (uri: string): string => /^sips?:([^;?>]+)/i.exec(uri)?.[1]?.toLowerCase() ?? uri;
  return placeOf(one) === placeOf(other);
}
