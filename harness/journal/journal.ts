import { eventsSchemaId, type EventOf, type NewEvent, type RunEvent } from './events';
import { RunState } from './reduce';

/** What happens in a run, written down as it happens. */
export class Journal {
  /** What it comes to so far. */
  readonly state = new RunState();

  /**
   * @param write takes a line of the file, and has handed it to the system when it returns: what was written then survives
   *   the death of this process
   * @param onEvent told each event when it has been written
   */
  constructor(
    private readonly write: (line: string) => void,
    private readonly onEvent: (event: RunEvent) => void,
  ) {}

  /** The first event. */
  begin(began: Omit<EventOf<'run-began'>, 'type' | 'at' | 'schema'>): void {
    this.add({ type: 'run-began', schema: eventsSchemaId, ...began });
  }

  /** Writes an event down. After the end of the run only warnings are news. */
  add(event: NewEvent): void {
    if (this.state.isOver && event.type !== 'warning') return;
    const { type, ...more } = event;
    const dated = { type, at: Date.now(), ...more } as RunEvent;
    this.write(`${JSON.stringify(dated)}\n`);
    this.state.take(dated);
    this.onEvent(dated);
  }
}
