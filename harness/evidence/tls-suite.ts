/** What a cipher suite needs to be read, beside its keys. */
export interface TlsSuite {
  readonly cipher: 'null' | 'cbc' | 'gcm' | 'chacha20-poly1305';
  /** Bytes of the key. */
  readonly keyLength: number;
  /** Hash of the records' MAC, for a suite without authenticated encryption. */
  readonly mac: string;
  /** Hash from which keys are derived (RFC 5246 5, RFC 8446 7.1). */
  readonly hash: string;
}

const hashes: Readonly<Record<string, string>> = {
  MD5: 'md5',
  SHA: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
};
const form = /_(NULL|CHACHA20_POLY1305|AES_(128|256)_(CBC|GCM))_(MD5|SHA|SHA256|SHA384)$/;

/** Reads what a suite's IANA name says; undefined for one that cannot be read here. */
export function tlsSuite(name: string): TlsSuite | undefined {
  const [, cipher, bits, mode, hash] = form.exec(name) ?? [];
  if (cipher === undefined || hash === undefined) return undefined;
  const common = { mac: hashes[hash]!, hash: hash === 'SHA384' ? 'sha384' : 'sha256' };
  if (cipher === 'NULL') return { ...common, cipher: 'null', keyLength: 0 };
  if (bits === undefined) return { ...common, cipher: 'chacha20-poly1305', keyLength: 32 };
  return { ...common, cipher: mode === 'CBC' ? 'cbc' : 'gcm', keyLength: Number(bits) / 8 };
}
