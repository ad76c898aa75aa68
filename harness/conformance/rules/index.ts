import type { AnyRule, Topic } from '../rule';
import { dialogs } from './dialogs';
import { digest } from './digest';
import { registration } from './registration';
import { sip } from './sip';
import { tls } from './tls';

/** The table of rules, by topic. A new topic needs its module and a line here. */
export const topics: readonly Topic[] = [sip, dialogs, registration, digest, tls];

export const allRules: readonly AnyRule[] = topics.flatMap(({ rules }) => rules);
