import { resolve } from 'node:path';
import type { NodeKind } from '../node-kind';
import { writeConfig } from './config';
import { ueConfig } from './protocol';
import type { UeConfig } from './protocol';

/** The reference UE. Its stdin and stdout are for `UeDriver`; its readiness is the `ready` notification there. */
export const ueNode: NodeKind<UeConfig> = {
  kind: 'ue',
  config: ueConfig,
  files: (config) => ({
    'ue.json': writeConfig(config),
    // For the stock tools that a user runs beside the UE: openssl s_client -CAfile trust.pem
    'trust.pem': config.trustAnchor,
  }),
  command: () => [process.execPath, resolve(__dirname, 'main.js'), 'ue.json'],
  ready: () => ({ kind: 'line', text: '"method":"ready"' }),
};
