import type { Service } from '../protocol';
import { arrive, leave } from './access-change';
import { call } from './call';
import { keepalive } from './keepalive';
import { message } from './message';
import { msrp } from './msrp';
import type { ServiceContext } from './registered';

/** The work of a UE for each service, from registration to leave. */
export const serviceWork: Readonly<Record<Service, (context: ServiceContext) => Promise<void>>> = {
  call,
  message,
  msrp,
  keepalive,
  leave,
  arrive,
};
