import { defineBox } from '../box';
import { homeDomain } from '../home-network';
import { programFile } from '../installation';
import { sccAsConfig } from './config';
import { readyText } from './ready-text';
import { staticSti } from './sti';

const ports = { sip: 5060 };

/**
 * The service continuity application server (TS 23.237 5.3.1.2): a back-to-back user agent of ours behind the IMS core,
 * on the interface ISC, for the users whom the core's filter criteria send to it.
 */
export const sccAs = defineBox({
  kind: 'scc-as',
  place: { interfaces: [{ network: 'core', host: 30 }] },
  ports,
  config: sccAsConfig,
  configure: (lab) => ({
    address: lab.addressOf('scc-as'),
    port: ports.sip,
    imsCore: { address: lab.addressOf('ims-core'), port: lab.portsOf<{ sip: number }>('ims-core').sip },
    domain: homeDomain,
    staticSti,
  }),
  files: (config) => ({ 'scc-as.json': `${JSON.stringify(config, undefined, 2)}\n` }),
  command: () => [process.execPath, programFile('scc-as'), 'scc-as.json'],
  ready: () => ({ by: 'line', stream: 'stderr', text: readyText }),
  // Only the IMS core may ask it anything.
  answers: () => undefined,
  logs: ['stdout', 'stderr'],
  programs: [],
  image: {
    name: 'scc-as',
    title: 'nimsfw SCC AS',
    description: 'The service continuity application server of nimsfw-lab, a back-to-back user agent',
    user: 'own',
    own: ['scc-as'],
  },
});
