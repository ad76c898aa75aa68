import { defineBox } from '../box';
import { ueConfig } from '../ue/protocol';
import { ueConfigFor, ueNode } from '../ue/ue-node';

/** The other party: the reference UE, which here also echoes the datagrams that a relay sends it. */
export const peer = defineBox({
  ...ueNode,
  kind: 'peer',
  place: { interfaces: [{ network: 'transit', host: 40 }] },
  ports: { echo: 7000 },
  config: ueConfig.refine((config) => config.echoPort !== undefined, {
    path: ['echoPort'],
    message: 'a peer needs the port where it echoes',
  }),
  configure: (lab) => ({
    ...ueConfigFor(lab, 'peer', lab.addressOf('peer')),
    echoPort: lab.portsOf<{ echo: number }>('peer').echo,
  }),
  // With an open input the program goes on, and so does its echo, although no driver is attached.
  alone: { openInput: true, labImage: true },
});
