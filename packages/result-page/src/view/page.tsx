import type { PageData } from '../data';
import { filteredCells } from '../state/filter';
import type { Connection } from '../state/live';
import { CellPage } from './cell-page';
import { Claims } from './claims';
import { Contents } from './contents';
import { Changes, Deviations } from './deviations';
import { Facts, Measurements } from './facts';
import { FilterBar } from './filter-bar';
import { Firewalls } from './firewalls';
import { Header, TopLine } from './header';
import { Legend } from './legend';
import { MatrixTable } from './matrix-table';
import { useNavigation } from './navigation';
import { ShapeDefinitions } from './shapes';

export interface PageProps {
  readonly data: PageData;
  readonly connection?: Connection;
}

/** The whole page, without scripts and with them. */
export function Page({ data, connection = 'none' }: PageProps) {
  const { view, go } = useNavigation();
  const cells = filteredCells(data, view.filter);
  return (
    <>
      <ShapeDefinitions />
      <TopLine data={data} />
      {view.cell !== undefined ? (
        <main>
          <CellPage data={data} id={view.cell} cells={cells} />
        </main>
      ) : (
        <>
          <Header data={data} connection={connection} />
          <main>
            <Contents data={data} />
            <section id="matrix">
              <h2>Matrix</h2>
              {go && <FilterBar data={data} found={cells.length} />}
              <MatrixTable data={data} cells={cells} />
              <Legend data={data} />
            </section>
            <Deviations data={data} />
            <Changes data={data} />
            <Claims data={data} />
            <Firewalls data={data} />
            <Measurements data={data} cells={cells} />
            <Facts data={data} />
          </main>
        </>
      )}
    </>
  );
}
