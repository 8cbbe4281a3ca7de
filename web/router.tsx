/**
 * Where the page is: the History API, and nothing more. A link is a real link: it can be opened in a new tab, copied and read without a script. The part after
 * `?` is state of the page that can be linked, such as a filtered table.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const listeners = new Set<() => void>();
const tell = () => {
  for (const each of listeners) each();
};

/** `replace`: the back button does not stop at the place that is left, as while somebody types into a filter. */
export function go(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  const before = location.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  tell();
  if (location.pathname !== before) scrollTo(0, 0);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    listeners.add(follow);
    addEventListener('popstate', follow);
    return () => {
      listeners.delete(follow);
      removeEventListener('popstate', follow);
    };
  }, []);
  return place;
}

interface LinkProps {
  to: string;
  class?: string;
  title?: string;
  'aria-label'?: string | undefined;
  'aria-current'?: 'page';
  children: ComponentChildren;
}

export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={to} onClick={follow}>
      {children}
    </a>
  );
}

/**
 * `/packages/:plan/:wave/:package`, each part decoded. Undefined: another page.
 * @public
 */
export function partsOf<const K extends string>(pattern: string, path: string): Record<K, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':')) found[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const at = (...parts: string[]) => `/${parts.map(encodeURIComponent).join('/')}`;
export const packageAddress = (each: { plan: string; wave: string; package: string }) => at('packages', each.plan, each.wave, each.package);
export const waveAddress = (each: { plan: string; wave: string }) => at('waves', each.plan, each.wave);
