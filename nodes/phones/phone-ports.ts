import { LocalPorts } from '../ue/dialler/local-ports';
import type { UeConfig } from '../ue/protocol';

/** The driver takes the lowest ports for the lab's own questions, so those of the phone begin so much higher. */
const apart = 1000;

/** Returns the ports for a phone and its shims. */
export const phonePorts = ({ firstPort }: Pick<UeConfig, 'firstPort'>): LocalPorts =>
  new LocalPorts(firstPort + apart);

/** Takes ports in a row. @returns the first of them, which is even, as RTP's is */
export function takeEven(ports: LocalPorts, count: number): number {
  let first = ports.take();
  if (first % 2 === 1) first = ports.take();
  for (let taken = 1; taken < count; taken++) ports.take();
  return first;
}
