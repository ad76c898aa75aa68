/** One thing that this machine can or cannot do. */
export interface Finding {
  readonly id: string;
  readonly ok: boolean;
  /** `required`: a run needs it. `remains`: left by a killed run, and no obstacle. */
  readonly level: 'required' | 'optional' | 'remains';
  readonly text: string;
  /** The command or action that mends it; missing if it is ok. */
  readonly remedy?: string;
}
