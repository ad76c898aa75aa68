import type { PageData } from '../data';
import { filteredCells } from '../state/filter';
import { Claims } from './claims';
import { Changes, Deviations } from './deviations';
import { Facts, Measurements } from './facts';
import { Firewalls } from './firewalls';
import { Header } from './header';
import { Legend } from './legend';
import { MatrixTable } from './matrix-table';
import { useNavigation } from './navigation';
import { ShapeDefinitions } from './shapes';

/** The whole page, without scripts and with them. */
export function Page({ data }: { readonly data: PageData }) {
  const { view } = useNavigation();
  return (
    <>
      <ShapeDefinitions />
      <Header data={data} />
      <main>
        <section id="matrix">
          <h2>Matrix</h2>
          <MatrixTable data={data} cells={filteredCells(data, view.filter)} />
          <Legend data={data} />
        </section>
        <Deviations data={data} />
        <Changes data={data} />
        <Claims data={data} />
        <Firewalls data={data} />
        <Measurements data={data} />
        <Facts data={data} />
      </main>
    </>
  );
}
