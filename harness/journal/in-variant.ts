import { idIn, inVariant } from '../judge/missing';
import type { RunEvent } from './events';

/** Returns an event of the run of one variant of the lab as an event of the run over all of them. Pure. */
export function eventIn(variant: string, event: RunEvent): RunEvent {
  switch (event.type) {
    case 'run-began':
      return { ...event, cells: event.cells.map((cell) => inVariant(cell, variant)) };
    case 'cell-began':
      return { ...event, cell: idIn(variant, event.cell) };
    case 'flow':
      return { ...event, flow: { ...event.flow, attempt: idIn(variant, event.flow.attempt) } };
    case 'attempt': {
      const { cell, attempt } = event;
      return {
        ...event,
        cell: idIn(variant, cell),
        attempt: { ...attempt, id: idIn(variant, attempt.id) },
      };
    }
    case 'cell-ended':
      return { ...event, cell: inVariant(event.cell, variant) };
    case 'outage':
    case 'warning':
      return { ...event, text: `${variant}: ${event.text}` };
    case 'versions':
    case 'network-ready':
    case 'drop':
    case 'capture-read':
    case 'run-ended':
      return event;
  }
}
