import { createHash } from 'node:crypto';
import type { Catalogue } from './catalogue';

/** Hex SHA-256 of a catalogue as JSON: equal only where the firewalls are the same, in the same order. */
export const catalogueHash = (catalogue: Catalogue): string =>
  createHash('sha256').update(JSON.stringify(catalogue)).digest('hex');
