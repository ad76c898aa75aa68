/** A certificate that was presented to the UE, as DER from the capture, else as the UE reports it. */
export type PresentedCertificate =
  | { readonly seenIn: 'capture'; readonly der: Uint8Array }
  | {
      readonly seenIn: 'ue';
      readonly subject: string;
      readonly issuer: string;
      readonly fingerprint256: string;
    };
