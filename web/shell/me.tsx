/** Who is signed in, and what they can do about it. Asked once for all pages. */
import { useEffect, useState } from 'preact/hooks';
import type { MeView } from '../../domain/views/service.ts';
import { read } from '../data/ask.ts';
import { shipped } from '../data/shipped.ts';
import { ThemeChoice } from './theme.tsx';
import { signInAddress } from '../parts/conditions.tsx';

/** Undefined while it is not known. `temporalUi`: base address of workflows in Temporal's UI. */
export function useMe(): MeView | undefined {
  const [me, setMe] = useState(() => (known ??= shipped('/v1/me') as MeView | undefined));
  useEffect(() => {
    if (me) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      asked ??= read<MeView>('/v1/me').finally(() => (asked = undefined));
      asked.then((found) => setMe((known = found))).catch(() => (timer = setTimeout(ask, retryMs)));
    };
    ask();
    return () => clearTimeout(timer);
  }, []);
  return me;
}

/** Somebody else signs in by a form, which loads the page anew. */
let known: MeView | undefined;
let asked: Promise<MeView> | undefined;
const retryMs = 5_000;

export function MeMenu() {
  const me = useMe();
  return (
    <details class="me">
      <summary>
        {me !== undefined && <span class="me-name">{me.name}</span>}
        <span class="unseen">account and colors</span>
        <span class="me-initials" aria-hidden="true">
          {me === undefined ? '…' : initials(me.name)}
        </span>
      </summary>
      <div class="me-menu">
        {me !== undefined && (
          <p class="me-who">
            <b>{me.name}</b>
            <span class="soft">{me.id}</span>
          </p>
        )}
        <ThemeChoice />
        {me?.canSwitch === true && (
          <a class="button button-open" href={signInAddress()}>
            Act as someone else
          </a>
        )}
        {me?.signOut !== undefined && (
          <form method="post" action={me.signOut}>
            <button type="submit" class="button button-open">
              Sign out
            </button>
          </form>
        )}
      </div>
    </details>
  );
}

const initials = (name: string) =>
  name
    .split(/[\s._-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((each) => each.charAt(0).toUpperCase())
    .join('');
