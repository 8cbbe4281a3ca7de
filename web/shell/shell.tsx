/** What surrounds every page: the way to the others, whether it is live, and who is signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Link, usePlace } from '../router.tsx';
import { HeardLine } from './heard.tsx';
import { ThemeChoice } from './theme.tsx';
import './shell.css';

export interface Person {
  id: string;
  name: string;
}

/** Pages that exist; another one gets its line when it does. */
const pages = [{ to: '/', name: 'Deploy & Maintain' }] as const;

export function Shell({ title, person, children }: { title: string; person: Person | undefined; children: ComponentChildren }) {
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · Rolewave`;
  }, [title]);
  // A screen reader is told of the new page by being put at its beginning; not at the first one, where the browser does it.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <Link to="/" class="brand" aria-label="Rolewave">
          Role<i>wave</i>
        </Link>
        <nav aria-label="Pages">
          {pages.map(({ to, name }) => (
            <Link key={to} to={to} {...(path === to ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </Link>
          ))}
        </nav>
        <HeardLine />
        <ThemeChoice />
        {person !== undefined && (
          <div class="who" title={`Signed in as ${person.name}`}>
            <span class="who-name">{person.name}</span>
            <span class="who-initials" aria-hidden="true">
              {initials(person.name)}
            </span>
          </div>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

const initials = (name: string) =>
  name
    .split(/[\s._-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((each) => each.charAt(0).toUpperCase())
    .join('');
