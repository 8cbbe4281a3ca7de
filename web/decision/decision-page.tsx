/**
 * Where the link in a notice leads: what would change, person by person, what changed since the reader last signed, and the evidence, with the buttons that are
 * open to them. A phone page first: the question on top, the buttons always within reach of a thumb.
 */
import { actionKind, actionName } from '../actions/words.ts';
import { Loading, Trouble } from '../parts/conditions.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { Button } from '../parts/button.tsx';
import { useMe } from '../shell/me.tsx';
import { sentence } from '../../domain/board/words.ts';
import { idInWords } from '../board/words.ts';
import { Shell } from '../shell/shell.tsx';
import { Link, packageAddress } from '../router.tsx';
import { besideState, keyOf, nameOfPackage, stateOf, WorkflowLink } from '../package/header.tsx';
import { contextOf, useActing } from '../package/package-page.tsx';
import { Overview } from '../package/overview.tsx';
import { usePackage, usePlanNow, type PackageContext, type Place } from '../package/reading.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import { ProposedChange } from './proposed-change.tsx';
import { ProposedRelease } from './proposed-release.tsx';
import '../package/package.css';
import './decision.css';

export function DecisionPage({ place }: { place: Place }) {
  const { view, failure, again } = usePackage(place);
  const me = useMe();
  const nowMs = usePlanNow(view?.clock);
  const { act, dialog } = useActing(again);
  const title = view ? nameOfPackage(view, place) : idInWords(place.package);
  const context = view && !('shown' in view) ? contextOf(place, view, me, nowMs, act) : undefined;
  return (
    <Shell title={`Decide: ${title}`}>
      {!view && <h1>{title}</h1>}
      {failure && <Trouble failure={failure} below={view !== undefined} retry={again} />}
      {!view && !failure && <Loading what="what is asked" lines={6} />}
      {view && 'shown' in view && <Overview view={view} place={place} />}
      {context && <Question context={context} dialog={dialog(context)} />}
    </Shell>
  );
}

function Question({ context, dialog }: { context: PackageContext; dialog: preact.JSX.Element | null }) {
  const { view, place, nameOf } = context;
  const proposal = view.running?.proposal;
  const decides = view.actions.filter(({ type }) => type === (proposal ? 'decide' : 'signOff'));
  const mine = decides.filter(({ may }) => may);
  const release = !view.running && view.package !== null;
  return (
    <article class="decision">
      <header>
        <p class="small soft">
          <Link to={packageAddress(place)}>{nameOfPackage(view, place)}</Link> <StateChip state={stateOf(view)} beside={besideState(view)} />
        </p>
        <h1>{questionOf(context)}</h1>
      </header>
      {dialog}
      {proposal && view.running ? (
        <ProposedChange context={context} proposal={proposal} />
      ) : release ? (
        <ProposedRelease context={context} />
      ) : (
        <Decided context={context} />
      )}
      <WorkflowLink context={context} />
      {mine.length > 0 ? (
        <Answers context={context} mine={mine} />
      ) : (
        decides.length > 0 && (
          <p class="may-not">
            {proposal?.approvedBy?.includes(context.me?.id ?? '') ? 'You have approved it. ' : 'This is not yours to decide. '}
            {[...new Set(decides.flatMap(({ who }) => who))].map(nameOf).join(', ') || 'Nobody in the plan'} may.
          </p>
        )
      )}
    </article>
  );
}

/** After the last answer: what came of it. */
function Decided({ context: { view, said } }: { context: PackageContext }) {
  const { receiptLine, endedWhy } = view.running ?? {};
  if (receiptLine !== undefined) return <p>{said(sentence(receiptLine))}</p>;
  return <p class="soft">{endedWhy === undefined ? 'What was asked is answered; access stays as it is.' : said(sentence(endedWhy))}</p>;
}

function questionOf({ view, place }: PackageContext): string {
  const name = nameOfPackage(view, place);
  const proposal = view.running?.proposal;
  if (proposal?.frozen) return `${name} is frozen`;
  if (proposal?.kind === 'rollback') return `Roll back ${name}?`;
  if (proposal?.kind === 'tune') return `Tune ${name}?`;
  if (proposal) return `${name}: what now?`;
  if (view.running?.receiptLine !== undefined) return `${name} is ${view.running.state === 'Retired' ? 'retired' : 'rolled back'}`;
  if (view.running) return `${name}: nothing waits for a decision`;
  return view.package?.previewDigest === undefined ? `${name}: there is nothing to sign yet` : `Release ${name}?`;
}

/** The first two are the buttons; others stand behind them. */
function Answers({ context, mine }: { context: PackageContext; mine: OpenAction[] }) {
  const { view, act } = context;
  const proposal = view.running?.proposal;
  const order = ['approve', 'reject', 'decline', 'finish', 'freeze', 'afterBlackout', 'withdraw'];
  const sorted = mine.toSorted((one, other) => order.indexOf(one.decision ?? one.answer ?? '') - order.indexOf(other.decision ?? other.answer ?? ''));
  // Three fit beside each other on a phone; of more, the others stand below.
  const [first, second, ...others] = sorted;
  const [beside, rest] = others.length === 1 ? [others, []] : [[], others];
  const button = (action: OpenAction, isFirst = false) => {
    const kind = actionKind(action, proposal);
    return (
      <Button key={keyOf(action)} kind={kind === 'open' && isFirst ? 'mine' : kind} onClick={() => act(action)}>
        {actionName(action, proposal)}
      </Button>
    );
  };
  return (
    <footer class="answers">
      <div class="answers-two">
        {beside.map((action) => button(action))}
        {second && button(second)}
        {first && button(first, first.decision === 'approve' || first.answer === 'approve')}
      </div>
      {rest.length > 0 && <div class="answers-rest">{rest.map((action) => button(action))}</div>}
    </footer>
  );
}
