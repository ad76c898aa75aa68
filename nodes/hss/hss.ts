import { defineBox } from '../box';
import { homeDomain, numberPrefix } from '../home-network';
import { programFile } from '../installation';
import { subscribersOf } from '../subscribers';
import { hssConfig } from './config';
import { readyText } from './ready-text';

const ports = { diameter: 3868 };

const json = (content: unknown): string => `${JSON.stringify(content, undefined, 2)}\n`;

/** The home subscriber server: a program of ours behind the IMS core, on the interface Cx (TS 29.228, TS 29.229). */
export const hss = defineBox({
  kind: 'hss',
  place: { interfaces: [{ network: 'core', host: 50 }] },
  ports,
  config: hssConfig,
  configure: (lab) => ({
    address: lab.addressOf('hss'),
    port: ports.diameter,
    // An S-CSCF finds its peer by this identity, and the core has no names.
    originHost: lab.addressOf('hss'),
    domain: homeDomain,
    peers: [lab.addressOf('ims-core')],
    subscribers: subscribersOf(lab.topology, lab.secrets).map(({ impi, impu, password, number, card }) => ({
      impi,
      impus: [impu, `tel:${numberPrefix}${number}`],
      password,
      ...(card ? { card } : {}),
    })),
  }),
  files: ({ subscribers, ...settings }) => ({
    'hss.json': json(settings),
    'subscribers.json': json(subscribers),
  }),
  command: () => [process.execPath, programFile('hss'), 'hss.json', 'subscribers.json'],
  ready: () => ({ by: 'line', stream: 'stderr', text: readyText }),
  // Only the IMS core may ask it anything. A connection from its own node is closed at once, and that is the answer.
  answers: ({ address, port }) => ({
    by: 'command',
    argv: (withinMs) => [
      ...['timeout', `${withinMs / 1000}`, 'bash', '--norc', '-c'],
      ...['exec 3<>"/dev/tcp/$0/$1"; cat <&3', address, `${port}`],
    ],
    what: `a connection at ${address}:${port}`,
  }),
  logs: ['stdout', 'stderr'],
  programs: [],
  image: {
    name: 'hss',
    title: 'nimsfw HSS',
    description: 'The home subscriber server of nimsfw-lab, on the interface Cx',
    user: 'own',
    own: ['hss'],
  },
});
