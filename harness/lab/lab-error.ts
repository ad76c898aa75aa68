/** An error that a user can meet: one line that says what happened and what to do, with a stable code. */
export class LabError extends Error {
  /**
   * @param code stable, in capitals, e.g. `UNKNOWN_FIREWALL`
   * @param message what happened and what to do about it, in one line
   * @param details the node and the step where there is one, for programs that read the error
   */
  constructor(
    readonly code: string,
    message: string,
    readonly details: { readonly node?: string; readonly step?: string } = {},
  ) {
    super(message);
    this.name = 'LabError';
  }
}
