/** What surrounds every page: the way to the others, whether it is live, and who is signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { withoutMisleading } from '../../domain/misleading-text.ts';
import { keepFocus } from './keep-focus.ts';
import { Link, usePlace } from '../router.tsx';
import { HeardLine } from './heard.tsx';
import { MeMenu } from './me.tsx';
import './shell.css';

/** Pages that exist; another one gets its line when it does. */
const pages = [
  { to: '/', name: 'Deploy & Maintain' },
  { to: '/waves', name: 'Waves' },
  { to: '/leadership', name: 'Leadership' },
  { to: '/systems', name: 'Systems' },
] as const;

/** Of the page that was shown last, by whichever part of it. */
let at: string | undefined;
let arrived = false;

export function Shell({ title, children }: { title: string; children: ComponentChildren }) {
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = withoutMisleading(`${title} · Rolewave`);
  }, [title]);
  // A screen reader is told of the new page by being put at its beginning; not at the first one, where the browser does it. A page that is a file of its own
  // brings another `main` when it is there: the focus goes on to it.
  useEffect(() => {
    if (at !== undefined && (at !== path || (arrived && document.activeElement === document.body))) {
      arrived = true;
      main.current?.focus({ preventScroll: true });
    }
    at = path;
  }, [path]);
  useEffect(() => (main.current ? keepFocus(main.current) : undefined), []);
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
            <Link key={to} to={to} {...(path === to || (to !== '/' && path.startsWith(`${to}/`)) ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </Link>
          ))}
        </nav>
        <HeardLine />
        <MeMenu />
      </header>
      <main id="main" ref={main} tabIndex={-1} aria-label={title}>
        {children}
      </main>
    </>
  );
}
