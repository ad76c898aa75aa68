import { oneLine } from '../../kit/one-line';

/**
 * Returns the same data with every text in it as one line that shows all its characters (`oneLine`). A result may come
 * from elsewhere, and its texts from a server or a catalogue: reports for people read it through this, so that none of
 * their places can forget to.
 */
export function asText<T>(data: T): T {
  if (typeof data === 'string') return oneLine(data) as T;
  if (Array.isArray(data)) return data.map(asText) as T;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, asText(value)])) as T;
}
