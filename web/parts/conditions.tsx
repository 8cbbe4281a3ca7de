/** What a page or a part of it shows when it has nothing to show: empty, loading, failed, and 'you may not'. Each says what it is, and what to do. */
import type { ComponentChildren } from 'preact';
import { Button, ButtonLink } from './button.tsx';
import type { Failure } from '../data/failure.ts';
import './conditions.css';

/** Nothing is there, and that is no fault. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="condition">
      <p class="condition-title">{title}</p>
      {children !== undefined && <p class="soft">{children}</p>}
    </div>
  );
}

/** In the shape of what is coming, so that nothing jumps. `what`: for a screen reader. */
export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div class="condition-loading" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

/** Something went wrong: what, and what to do. With `retry`, a button that tries it again. */
export function Failed({ failure, retry }: { failure: Failure; retry?: (() => void) | undefined }) {
  const mayNot = failure.kind === 'mayNot';
  return (
    <div class={`condition ${mayNot ? 'condition-may-not' : 'condition-failed'}`} role={mayNot ? undefined : 'alert'}>
      <p class="condition-title">{failure.title}</p>
      {failure.detail !== '' && <p>{failure.detail}</p>}
      {failure.whatToDo !== '' && <p class="soft">{failure.whatToDo}</p>}
      {failure.kind === 'signedOut' && (
        <p class="condition-do">
          <a class="button button-mine" href={signInAddress()}>
            Sign in
          </a>
        </p>
      )}
      {failure.kind === 'notThere' && (
        <p class="condition-do">
          <ButtonLink to="/">Open the board</ButtonLink> <ButtonLink to="/waves">Open the calendar</ButtonLink>
        </p>
      )}
      {retry !== undefined && failure.kind !== 'signedOut' && failure.kind !== 'notThere' && !mayNot && (
        <p class="condition-do">
          <Button onClick={retry}>Try again</Button>
        </p>
      )}
    </div>
  );
}

/** Above a page that could not be read: alone, or with what was last heard below it, which is then marked as possibly out of date. */
export function Trouble({ failure, below, retry }: { failure: Failure; below: boolean; retry: () => void }) {
  const stale = below && failure.kind === 'offline' && failure.code === undefined;
  return (
    <div class={below ? 'stale' : 'panel trouble'}>
      <Failed
        failure={stale ? { ...failure, title: 'This may be out of date', detail: 'Rolewave does not answer; shown is what was last heard.' } : failure}
        retry={retry}
      />
    </div>
  );
}

/** Back to this page afterwards. */
export const signInAddress = () => `/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`;
