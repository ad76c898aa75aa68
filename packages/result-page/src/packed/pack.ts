import { gzipSync } from 'node:zlib';
import type { PageData } from '../data';
import { apart } from './texts';

/** Packs the data of a page: JSON, compressed with gzip, in base64. */
export const pack = (data: PageData): string =>
  gzipSync(JSON.stringify(apart(data)), { level: 9 }).toString('base64');
