import type { UeConfig } from '../ue/protocol';
import type { DrivenPhone } from './driver';

/** Makes a phone from its configuration, and from what follows that on the driver's command line. */
export type MakePhone = (config: UeConfig, argv: readonly string[]) => DrivenPhone | Promise<DrivenPhone>;

/** The drivers of other people's phones, by name. A new one needs its module and a line here. */
export const drivers: Readonly<Record<string, () => Promise<MakePhone>>> = {
  linphone: async () => (await import('./linphone/driver.js')).makeLinphone,
  baresip: async () => (await import('./baresip/driver.js')).makeBaresip,
  chromium: async () => (await import('./chromium/driver.js')).makeChromium,
  sipp: async () => (await import('./sipp/driver.js')).makeSipp,
  plain: async () => (await import('./plain/driver.js')).makePlain,
};
