import { eventsSchemaId, type EventOf, type NewEvent, type RunEvent } from './events';
import { RunState } from './reduce';

/** The journal of a run, which writes down each event as it happens. */
export class Journal {
  /** The result of the events so far. */
  readonly state = new RunState();

  /**
   * @param write appends a line to the file. When it returns, the system has the line, which so survives the
   *   death of this process
   * @param onEvent called with each event after it has been written
   */
  constructor(
    private readonly write: (line: string) => void,
    private readonly onEvent: (event: RunEvent) => void,
  ) {}

  /** Writes the first event. */
  begin(began: Omit<EventOf<'run-began'>, 'type' | 'at' | 'schema'>): void {
    this.add({ type: 'run-began', schema: eventsSchemaId, ...began });
  }

  /** Writes an event. After the end of the run it accepts warnings only. */
  add(event: NewEvent): void {
    if (this.state.isOver && event.type !== 'warning') return;
    const { type, ...more } = event;
    const dated = { type, at: Date.now(), ...more } as RunEvent;
    this.write(`${JSON.stringify(dated)}\n`);
    this.state.take(dated);
    this.onEvent(dated);
  }
}
