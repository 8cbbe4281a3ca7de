/** Light, dark, or as the system has it. Kept in this browser. */
import { useState } from 'preact/hooks';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];
const key = 'rolewave.theme';

/** Storage may be refused, as in a private window: then it is as the system has it. */
function kept(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system';
  }
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Shown, and not kept.
  }
}

/** Before anything is drawn. */
export const showTheme = (): void => show(kept());

export function ThemeChoice() {
  const [theme, setTheme] = useState(kept);
  return (
    <label class="theme">
      <span>Colors</span>
      <select
        class="field"
        value={theme}
        onChange={({ currentTarget }) => {
          const chosen = themes.find((each) => each === currentTarget.value) ?? 'system';
          show(chosen);
          setTheme(chosen);
        }}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
