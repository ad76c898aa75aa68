import type { NodeKind } from '../node-kind';
import { ueConfig } from '../ue/protocol';
import type { UeConfig } from '../ue/protocol';
import { ueNode } from '../ue/ue-node';

/** The other party: the reference UE, which also echoes the datagrams that a relay sends it. */
export const peer: NodeKind<UeConfig> = {
  ...ueNode,
  kind: 'peer',
  config: ueConfig.refine((config) => config.echoPort !== undefined, {
    path: ['echoPort'],
    message: 'a peer needs the port where it echoes',
  }),
};
