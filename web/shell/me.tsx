/** Who is signed in, and what they can do about it. Asked once for all pages. */
import type { MeView } from '../../domain/views/service.ts';
import { useRead } from '../data/use-read.ts';
import { ThemeChoice } from './theme.tsx';
import { signInAddress } from '../parts/conditions.tsx';

/** Undefined while it is not known. `temporalUi`: base address of workflows in Temporal's UI. */
export const useMe = (): MeView | undefined => useRead<MeView>('/v1/me', never).view;
const never = () => false;

export function MeMenu() {
  const me = useMe();
  return (
    <details class="me">
      <summary>
        <span class="unseen">{me === undefined ? 'Settings' : `${me.name}: account and colors`}</span>
        {me !== undefined && (
          <span class="me-name" aria-hidden="true">
            {me.name}
          </span>
        )}
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
