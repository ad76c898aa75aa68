import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { LabError, type ErrorCode } from '../lab/lab-error';
import { makeNetworkCapture, type DescribedFirewall } from './network-capture';

/** A thread that makes captures for people, one for each message, and answers with how it went. */

/** What is asked of the thread. */
export interface CaptureRequest {
  readonly folder: string;
  readonly firewall: DescribedFirewall;
}

/** The error, if the capture could not be made. */
export type CaptureAnswer = { readonly code: ErrorCode; readonly message: string } | undefined;

/** On Linux this is the priority of the thread. While the file is made, other networks are measured. */
setPriority(10);

parentPort!.on('message', ({ folder, firewall }: CaptureRequest) => {
  void makeNetworkCapture(folder, firewall).then(
    () => parentPort!.postMessage(undefined satisfies CaptureAnswer),
    (error: unknown) => {
      // What is no error that a user can meet is a defect, and ends the thread with it.
      if (!(error instanceof LabError)) throw error;
      const { code, message } = error;
      parentPort!.postMessage({ code, message } satisfies CaptureAnswer);
    },
  );
});
