/** One package: how it stands, who gets what, what is proposed, and what this person can do about it. */
import { useState } from 'preact/hooks';
import { actionName } from '../actions/words.ts';
import { withNames } from '../../domain/people-named.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { PreviewPart } from '../../domain/access/preview.ts';
import type { PackageInFull } from '../../domain/views/package-in-full.ts';
import { ActionDialog } from '../actions/action-dialog.tsx';
import { Loading, Trouble } from '../parts/conditions.tsx';
import { idInWords } from '../board/words.ts';
import { Panel } from '../parts/panel.tsx';
import { useMe } from '../shell/me.tsx';
import { Shell } from '../shell/shell.tsx';
import { Crumbs, Head, nameOfPackage } from './header.tsx';
import { Events, Notes, Tunes } from './history.tsx';
import { Legacy } from './legacy.tsx';
import { Overview } from './overview.tsx';
import { People } from './people.tsx';
import { Rollout } from './plan.tsx';
import { Readiness } from './readiness.tsx';
import { nameIn, usePackage, usePlanNow, type PackageContext, type Place } from './reading.ts';
import { RollbackPlan } from './rollback.tsx';
import { SignOffs } from './sign-offs.tsx';
import { Watch } from './watch.tsx';
import './package.css';

interface Acting {
  act: (action: OpenAction) => void;
  /** The dialog, if one is open, and what was done last. */
  dialog: (context: PackageContext) => preact.JSX.Element | null;
}

/** The endpoint's stream says what changed; where it is lost, the page looks by itself after what its reader did. */
const lookAgainMs = [300, 1_500, 5_000] as const;

export function useActing(again: () => void): Acting {
  const [open, setOpen] = useState<OpenAction>();
  const [done, setDone] = useState<string>();
  return {
    act: (action) => {
      setDone(undefined);
      setOpen(action);
    },
    dialog: (context) => (
      <>
        {/* Is there before it says something, without which a screen reader may not read it. */}
        <p class="done" role="status">
          {done}
        </p>
        {open && (
          <ActionDialog
            action={open}
            context={context}
            onClose={(decided) => {
              setOpen(undefined);
              if (!decided) return;
              setDone(open.type === 'note' ? 'Your note is added.' : `${actionName(open, context.view.running?.proposal)}: accepted.`);
              for (const ms of lookAgainMs) setTimeout(again, ms);
            }}
          />
        )}
      </>
    ),
  };
}

export const contextOf = (place: Place, view: PackageInFull, me: PackageContext['me'], nowMs: number, act: PackageContext['act']): PackageContext => ({
  place,
  view,
  me,
  nowMs,
  nameOf: nameIn(view.names),
  said: (text) => withNames(new Map(Object.entries(view.names)), text),
  act,
});

export function PackagePage({ place }: { place: Place }) {
  const { view, failure, again } = usePackage(place);
  const me = useMe();
  const nowMs = usePlanNow(view?.clock);
  const { act, dialog } = useActing(again);
  const title = view ? nameOfPackage(view, place) : idInWords(place.package);
  const context = view && !('shown' in view) ? contextOf(place, view, me, nowMs, act) : undefined;
  return (
    <Shell title={title}>
      {!view && failure && (
        <>
          <Crumbs place={place} />
          <h1>{title}</h1>
        </>
      )}
      {failure && <Trouble failure={failure} below={view !== undefined} retry={again} />}
      {!view && !failure && (
        <>
          <Crumbs place={place} />
          <h1>{title}</h1>
          <Loading what="the package" lines={8} />
        </>
      )}
      {context && <InFull context={context} dialog={dialog(context)} />}
      {view && 'shown' in view && <Overview view={view} place={place} />}
    </Shell>
  );
}

function InFull({ context, dialog }: { context: PackageContext; dialog: preact.JSX.Element | null }) {
  const { view } = context;
  const released = view.running !== null;
  return (
    <>
      <Head context={context} />
      {dialog}
      <div class="package-grid">
        <div class="package-main">
          {released && <Watch context={context} />}
          <Panel id="people" title={released ? 'Who got what' : 'Who gets what'} hint={countsText(context)}>
            <People context={context} />
          </Panel>
          {released && <RollbackPlan context={context} />}
          {!released && <Readiness context={context} />}
          {!released && <Watch context={context} />}
          <Events context={context} />
        </div>
        <div class="package-side">
          <SignOffs context={context} />
          <Rollout context={context} />
          <Legacy context={context} />
          {released ? <Readiness context={context} /> : <RollbackPlan context={context} />}
          {released && <Tunes context={context} />}
          <Notes context={context} />
        </div>
      </div>
    </>
  );
}

export function countsText({ view }: Pick<PackageContext, 'view'>): string | undefined {
  const { preview } = view.package ?? {};
  if (view.running !== null || !preview) return undefined;
  const sum = (pick: (part: PreviewPart) => number) => preview.reduce((total, part) => total + pick(part), 0);
  return `${sum(({ toGrant }) => toGrant)} to grant, ${sum(({ alreadyThere }) => alreadyThere)} there already, ${sum(({ toRetire }) => toRetire)} to retire`;
}
