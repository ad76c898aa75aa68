import type { drive } from './driver';

/** Makes a phone from its configuration; see {@link drive}. */
export type MakePhone = Parameters<typeof drive>[0];

/** The drivers of other people's phones, by name. A new one needs its module and a line here. */
export const drivers: Readonly<Record<string, () => Promise<MakePhone>>> = {
  linphone: async () => (await import('./linphone/driver.js')).makeLinphone,
  baresip: async () => (await import('./baresip/driver.js')).makeBaresip,
};
