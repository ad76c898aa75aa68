import { useLayoutEffect, useState } from 'preact/hooks';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

/** Where the browser keeps the choice. */
const storedAs = 'nimsfw-theme';

/** Chooses light or dark, or leaves it to the system. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useLayoutEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    store(theme);
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  return (
    <button class="theme" type="button" title={`Change to ${next}`} onClick={() => setTheme(next)}>
      Colours: {theme}
    </button>
  );
}

// A browser may refuse a page from disk, or a reader any page, to keep something. The choice then lasts as long as the page.
function storedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(storedAs)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(storedAs, theme);
  } catch {
    return;
  }
}
