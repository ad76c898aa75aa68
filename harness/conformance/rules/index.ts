import type { AnyRule, Topic } from '../rule';
import { connect } from './connect';
import { continuity } from './continuity';
import { core } from './core';
import { dialogs } from './dialogs';
import { digest } from './digest';
import { extensions } from './extensions';
import { msrp } from './msrp';
import { outbound } from './outbound';
import { regEvent } from './reg-event';
import { registration } from './registration';
import { securityAgreement } from './security-agreement';
import { sessions } from './sessions';
import { sip } from './sip';
import { tls } from './tls';
import { turn } from './turn';

/** The table of rules, by topic. A new topic needs its module and a line here. */
export const topics: readonly Topic[] = [
  sip,
  dialogs,
  registration,
  regEvent,
  digest,
  securityAgreement,
  core,
  outbound,
  sessions,
  extensions,
  tls,
  connect,
  turn,
  msrp,
  continuity,
];

export const allRules: readonly AnyRule[] = topics.flatMap(({ rules }) => rules);
