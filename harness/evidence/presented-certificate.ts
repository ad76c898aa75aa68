/** A certificate that was presented to the UE, by PEM or DER where the capture has it, else as the UE reports it. */
export type PresentedCertificate =
  | { readonly seenIn: 'capture'; readonly der: Uint8Array }
  | {
      readonly seenIn: 'ue';
      readonly subject: string;
      readonly issuer: string;
      readonly fingerprint256: string;
    };
