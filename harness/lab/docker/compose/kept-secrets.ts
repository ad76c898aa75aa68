import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { LabError } from '../../lab-error';
import { builtInBoxes } from '../../../../nodes';
import type { Boxes } from '../../../../nodes/box';
import type { RunSecrets } from '../../../../nodes/run-secrets';
import { makeSecrets } from '../../secrets';

const keyPair = z.object({ certificate: z.string(), privateKey: z.string() });
const credentials = z.object({ username: z.string(), password: z.string() });

/** The secrets of a lab, which its `setup` keeps from one `up` to the next. */
const keptSecrets = z.object({
  trustAnchor: z.string(),
  /** Certificates by kind of box. */
  certificates: z.record(z.string(), keyPair),
  interception: keyPair,
  turnUser: credentials,
  proxyUser: credentials,
  proxyUserOfUe: credentials,
  /** Passwords by IMPI. */
  passwords: z.record(z.string(), z.string()),
  cards: z.record(z.string(), z.object({ k: z.string(), opc: z.string(), amf: z.string() })),
});

const again = 'docker-compose down -v, then up again, makes all of it anew';

/**
 * Reads the secrets in this file, or makes them if the file is missing. So a node that joins a standing lab
 * fits its other nodes.
 *
 * @param file absolute
 * @param subscribers IMPIs of all UEs
 * @throws LabError `CERTIFICATE_NOT_MADE`, `SETUP_OUTDATED`, `CERTIFICATES_EXPIRED`
 */
export async function secretsKeptIn(
  file: string,
  subscribers: readonly string[],
  now = Date.now(),
  boxes: Boxes = builtInBoxes,
): Promise<RunSecrets> {
  if (!existsSync(file)) {
    const made = await makeSecrets({ interception: true, boxes });
    const passwords = Object.fromEntries(subscribers.map((impi) => [impi, made.passwordOf(impi)]));
    const cards = Object.fromEntries(subscribers.map((impi) => [impi, made.cardOf(impi)]));
    writeFileSync(file, JSON.stringify({ ...made, passwords, cards }), { mode: 0o600 });
    return made;
  }
  const kept = readKept(file);
  const named = [...boxes].filter(({ hostName }) => hostName !== undefined);
  const isComplete =
    subscribers.every((impi) => kept?.passwords[impi] !== undefined && kept.cards[impi] !== undefined) &&
    named.every(({ kind }) => kept?.certificates[kind] !== undefined);
  if (!kept || !isComplete)
    throw new LabError(
      'SETUP_OUTDATED',
      `the lab's secrets were made by another version of nimsfw-lab; ${again}`,
    );
  const { validTo } = new X509Certificate(kept.trustAnchor);
  if (Date.parse(validTo) <= now)
    throw new LabError('CERTIFICATES_EXPIRED', `the lab's certificates expired on ${validTo}; ${again}`);
  return { ...kept, passwordOf: (impi) => kept.passwords[impi]!, cardOf: (impi) => kept.cards[impi]! };
}

function readKept(file: string): z.infer<typeof keptSecrets> | undefined {
  try {
    return keptSecrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
