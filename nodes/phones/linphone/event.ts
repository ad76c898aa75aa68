/** What linphone-daemon tells of its own accord, such as the state of a call. */
export interface DaemonEvent {
  /** E.g. `call-state-changed`. */
  readonly type: string;
  /** Its lines `Name: value`. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The line that begins an event. */
const began = /^Event-type: (\S+)$/;
/** A line of an event. A blank line in it means nothing. */
const field = /^([A-Za-z][A-Za-z -]*): (.*)$/;

/**
 * Reads the events in the output of linphone-daemon. The daemon prints an event whenever it comes, between its prompts, its echo of
 * the commands, and its answers to them; it begins and ends each with a blank line, and has one more after the event's type.
 */
export class EventReader {
  private event: { type: string; fields: Record<string, string> } | undefined;

  constructor(private readonly told: (event: DaemonEvent) => void) {}

  /** Takes the next line of the output. */
  take(line: string): void {
    const [, type] = began.exec(line) ?? [];
    if (type !== undefined) {
      this.end();
      this.event = { type, fields: {} };
      return;
    }
    if (!this.event) return;
    const [, name, value] = field.exec(line) ?? [];
    if (name !== undefined && value !== undefined) this.event.fields[name] = value;
    else if (line !== '' || Object.keys(this.event.fields).length > 0) this.end();
  }

  private end(): void {
    const { event } = this;
    this.event = undefined;
    if (event) this.told(event);
  }
}
