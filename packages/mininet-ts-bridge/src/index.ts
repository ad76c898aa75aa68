/** Mininet's vocabulary on Linux namespaces: the package's whole public surface. */
export { BridgeError, bridgeErrorCodes, type BridgeErrorCode } from './errors';
export {
  Topo,
  type HostOptions,
  type HostSpec,
  type LinkEnd,
  type LinkOptions,
  type LinkSpec,
  type Route,
  type SwitchSpec,
} from './topo';
export { startNetwork, type Network, type NetworkOptions } from './network';
export type { ExecOptions, ExecResult, Host, HostInterface, Namespace } from './namespace';
export type { NetworkProcess, SpawnOptions } from './network-process';
export type { PingAllOptions, PingAllResult } from './ping-all';
export { exportMininet } from './export-mininet';
export { isRunning, nsenterArgv, type CommandPlace, type NetworkHandle } from './command-line';
export { endGroup } from './end-group';
export { searchPath } from './programs';
export { refusalOf, type Refusal } from './refusal';
