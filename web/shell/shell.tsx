/** What surrounds every page: the way to the others, whether it is live, and who is signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { withoutMisleading } from '../../domain/misleading-text.ts';
import { Link, usePlace } from '../router.tsx';
import { HeardLine } from './heard.tsx';
import { MeMenu } from './me.tsx';
import './shell.css';

/** Pages that exist; another one gets its line when it does. */
const pages = [
  { to: '/', name: 'Deploy & Maintain' },
  { to: '/waves', name: 'Waves' },
  { to: '/leadership', name: 'Leadership' },
] as const;

export function Shell({ title, children }: { title: string; children: ComponentChildren }) {
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = withoutMisleading(`${title} · Rolewave`);
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
            <Link key={to} to={to} {...(path === to || (to !== '/' && path.startsWith(`${to}/`)) ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </Link>
          ))}
        </nav>
        <HeardLine />
        <MeMenu />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
