import { z } from 'zod';

const hex = (bytes: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`, 'i'), `must be ${bytes} bytes in hex`);

/** The card of a subscriber in the HSS. */
export const hssCard = z.strictObject({
  k: hex(16),
  opc: hex(16),
  amf: hex(2),
  /** The highest SQN that was used; 0 if missing. */
  sqn: hex(6).optional(),
});

/** A subscription: one private user identity, with its public ones in one implicit registration set. */
export const hssSubscriber = z
  .strictObject({
    impi: z.string().min(1),
    /** SIP and tel URIs. The first is the default public user identity. */
    impus: z.array(z.string().regex(/^(sip|tel):/)).min(1),
    /** For SIP Digest (TS 33.203 Annex N). */
    password: z.string().optional(),
    /** For IMS AKA (TS 33.203 6.1). */
    card: hssCard.optional(),
  })
  .refine(({ password, card }) => password !== undefined || card !== undefined, {
    message: 'has neither a password nor a card',
  });
export type HssSubscriber = z.infer<typeof hssSubscriber>;

/** The content of `subscribers.json` in the folder of the HSS. */
export const hssSubscribers = z.array(hssSubscriber).superRefine((subscribers, context) => {
  const seen = new Set<string>();
  for (const [index, { impi, impus }] of subscribers.entries())
    for (const [name, path] of [[impi, 'impi'], ...impus.map((impu) => [impu, 'impus'])] as [
      string,
      string,
    ][]) {
      if (seen.has(`${path} ${name}`))
        context.addIssue({
          code: 'custom',
          path: [index, path],
          message: `${name} is there twice; give it to one`,
        });
      seen.add(`${path} ${name}`);
    }
});

/** The content of `hss.json` in its folder. */
export const hssSettings = z.strictObject({
  address: z.ipv4(),
  port: z.int(),
  /** Its Diameter identity, the Origin-Host of what it sends. */
  originHost: z.string().min(1),
  /** Domain of the home network: Origin-Realm, and the realm of SIP Digest. */
  domain: z.string().min(1),
  /** The addresses that may connect. */
  peers: z.array(z.ipv4()),
});
export type HssSettings = z.infer<typeof hssSettings>;

/** The configuration of the box. */
export const hssConfig = hssSettings.extend({ subscribers: hssSubscribers });
export type HssConfig = z.infer<typeof hssConfig>;
