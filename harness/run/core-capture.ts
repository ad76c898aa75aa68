import type { Writable } from 'node:stream';
import { imsCore } from '../../nodes/ims-core/ims-core';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { watchCommand } from '../../nodes/tcpdump';
import { CoreSip } from '../evidence/core-sip';
import type { NodeProcess } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { textIn } from '../lab/wait';
import { passMarker } from './marker';
import { packetLoss } from './packet-loss';

/** Milliseconds until the capture has to listen, and until it has to have come to its marker. */
const withinMs = 30_000;

/** The capture of the SIP between the P-CSCF and the IMS core. It is read while it runs. */
export class CoreCapture {
  private readonly checkLoss: () => void;

  private constructor(
    private readonly lab: ImsLab,
    private readonly process: NodeProcess,
    private readonly address: string,
    readonly sip: CoreSip,
  ) {
    this.checkLoss = packetLoss(process, pcscf.kind);
  }

  /**
   * Starts the capture and resolves when it listens.
   * @param output the pcap file on this machine
   * @throws LabError when it does not
   */
  static async start(lab: ImsLab, output: Writable): Promise<CoreCapture> {
    const node = await lab.stands(pcscf.kind);
    const address = lab.addressOf(pcscf.kind, 'core');
    const process = node.observe(watchCommand(node.interfaceOf(address)));
    const sip = new CoreSip(process.stdout, address, output);
    await textIn(process.stderr, 'listening on', {
      what: 'the capture of the core to listen',
      node: node.id,
      withinMs,
    });
    return new CoreCapture(lab, process, address, sip);
  }

  /**
   * Ends the capture and resolves when its file is complete. A marker is sent through it, so that it has every message
   * up to now; without the nodes at its ends there is nobody to send one, and nothing more to come.
   * @throws LabError when it is not complete: `CAPTURE_BROKEN` when packets are missing
   */
  async stop(): Promise<void> {
    const { lab, address, process, sip } = this;
    try {
      if (lab.outages.among([pcscf.kind, imsCore.kind])) return;
      await passMarker(await lab.stands(imsCore.kind), [address], (marker) =>
        textIn(process.stdout, marker, {
          what: 'the capture of the core to come to its marker',
          node: pcscf.kind,
          withinMs,
        }),
      );
    } finally {
      await process.stop();
      await sip.close();
    }
    this.checkLoss();
  }
}
