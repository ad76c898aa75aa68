import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { formatView, plainView, type View } from '../state/view';

/** Where a reader is in the page, and how the page goes elsewhere. */
export interface Navigation {
  readonly view: View;
  /**
   * Goes to another view. It is missing in a page without scripts, where only links do something. Back returns
   * to the view before, unless `replace` is set, as for each letter of a search.
   */
  readonly go?: (view: View, options?: { readonly replace?: boolean }) => void;
}

export const NavigationContext = createContext<Navigation>({ view: plainView });

/** Returns where the reader is. */
export const useNavigation = (): Navigation => useContext(NavigationContext);

/** Returns a function that makes the address of a view that differs from the present one in something. */
export function useHref(): (change: Partial<View>) => string {
  const { view } = useNavigation();
  return (change) => formatView({ ...view, at: undefined, attempt: undefined, ...change });
}
