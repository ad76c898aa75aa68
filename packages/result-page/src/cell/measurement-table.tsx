import type { PageMeasurement, PageMeasurementKind } from '../data';

/** What was measured, with what each number means. */
export function MeasurementTable(props: {
  readonly measurements: readonly PageMeasurement[];
  readonly kinds: readonly PageMeasurementKind[];
}) {
  return (
    <div class="table-scroll" tabindex={0} role="group" aria-label="Measurements">
      <table class="measurement-table">
        <thead>
          <tr>
            <th scope="col">measurement</th>
            <th scope="col">value</th>
            <th scope="col">what it is, and how it was measured</th>
          </tr>
        </thead>
        <tbody>
          {props.measurements.map((one, index) => {
            const kind = props.kinds.find(({ name }) => name === one.name);
            return (
              <tr key={index}>
                <th scope="row">{one.name}</th>
                <td class="number">{valueWithUnit(one)}</td>
                <td>{kind ? [kind.definition, kind.howMeasured].filter(Boolean).join('; ') : ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A value with its unit as a reader expects it: UCUM's `By` are bytes, and the space does not break. */
export function valueWithUnit({ value, unit }: Pick<PageMeasurement, 'value' | 'unit'>): string {
  const written = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return unit === '' ? written : `${written}\u00a0${unit === 'By' ? 'bytes' : unit}`;
}
