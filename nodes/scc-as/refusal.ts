/** A request cannot be served, with the answer that says so. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly phrase: string,
  ) {
    super(`${code} ${phrase}`);
    this.name = 'Refusal';
  }
}
