/** One thing that this machine can or cannot do. */
export interface Finding {
  readonly id: string;
  readonly ok: boolean;
  /** `required`: no run without it. `remains`: of a killed run, and in the way of none. */
  readonly level: 'required' | 'optional' | 'remains';
  readonly text: string;
  /** What mends it; only where it is not ok. */
  readonly remedy?: string;
}
