/** The head of the page: name, state, where it stands in one line, what this person can do, and who may do the rest. */
import { workflowAddress } from '../../domain/temporal-ui/workflow-address.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import { actionKind, actionName } from '../actions/words.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { day, span } from '../parts/time.tsx';
import { idInWords } from '../board/words.ts';
import { Link, waveAddress } from '../router.tsx';
import type { PackageContext, Place } from './reading.ts';
import type { PackageInFullOverview } from '../../domain/views/overview.ts';
import type { PackageInFull } from '../../domain/views/package-in-full.ts';
import { besideMeaning, besides, isEndState } from '../../domain/states.ts';

export function besideState(view: PackageInFull | PackageInFullOverview): string | undefined {
  const state = view.package?.state;
  const { running } = view;
  if (running && 'endedWhy' in running && running.endedWhy !== undefined && !isEndState(running.state)) return 'not watched';
  if (running || !state || view.package?.releasedAtMs !== undefined) return undefined;
  return besides[state];
}

export const stateOf = (view: PackageInFull | PackageInFullOverview) => view.running?.state ?? view.package?.state ?? 'Scheduled';
export const nameOfPackage = (view: PackageInFull | PackageInFullOverview, place: Place) => view.running?.name ?? view.package?.name ?? place.package;

export function Crumbs({ place }: { place: Place }) {
  return (
    <nav class="crumbs soft small" aria-label="Where this is">
      <ol>
        <li>
          <Link to="/">Deploy &amp; Maintain</Link>
        </li>
        <li>{idInWords(place.plan)}</li>
        <li>
          <Link to={waveAddress(place)}>{idInWords(place.wave)}</Link>
        </li>
      </ol>
    </nav>
  );
}

export function Head({ context }: { context: PackageContext }) {
  const { view, place } = context;
  return (
    <header class="package-head">
      <Crumbs place={place} />
      <div class="package-title">
        <h1>{nameOfPackage(view, place)}</h1>
        <span class="unseen">State:</span>
        <StateChip state={stateOf(view)} beside={besideState(view)} />
      </div>
      {besideMeaning(besideState(view)) !== undefined && <p class="soft">{besideMeaning(besideState(view))}</p>}
      {view.definition && <p class="soft">{view.definition.description}</p>}
      <p class="package-line">{lineOf(context)}</p>
      {view.running?.waits?.map(({ activity, system, text }) => (
        <p key={`${activity} ${system ?? ''}`} class="waits" role="status">
          {context.said(text)}
        </p>
      ))}
      <Actions context={context} />
      <WorkflowLink context={context} />
    </header>
  );
}

/** Its own once it is released, that of its wave before. */
export function WorkflowLink({ context: { view, place, me } }: { context: PackageContext }) {
  if (me?.temporalUi === undefined) return null;
  const workflow = [place.plan, place.wave, ...(view.running ? [place.package] : [])].join('/');
  return (
    <p class="small">
      <a href={workflowAddress(me.temporalUi, workflow)}>{view.running ? 'Its workflow in Temporal' : 'The workflow of its wave in Temporal'}</a>
    </p>
  );
}

/** Risk, people, dates: what one asks first. */
function lineOf({ view, nowMs, said }: PackageContext): string {
  const { goLiveMs, releasedAtMs, risk, heldBack } = view.package ?? {};
  const previewed = (view.package?.preview ?? []).map((part) => part.people);
  // Once a pilot was agreed, fewer than the plan names.
  const people = previewed.length > 0 ? Math.max(...previewed) : view.definition?.people;
  const when =
    releasedAtMs !== undefined
      ? `released ${day(releasedAtMs, { yearOf: nowMs })}`
      : goLiveMs === undefined
        ? heldBack
          ? said(heldBack.text)
          : 'no go-live date yet'
        : goLiveMs > nowMs
          ? `goes live ${day(goLiveMs, { time: true, yearOf: nowMs })}, in ${span(goLiveMs - nowMs)}`
          : `go-live was due ${day(goLiveMs, { time: true, yearOf: nowMs })}`;
  const { grants, receiptLine, endedWhy, state } = view.running ?? {};
  return [
    `${(view.running?.risk ?? risk ?? '').replace(/^./, (letter) => letter.toUpperCase())} risk`,
    people === undefined ? '' : `for ${people} ${people === 1 ? 'person' : 'people'}`,
    when,
    grants && receiptLine === undefined
      ? `${grants.created} granted${grants.preexisting > 0 ? `, ${grants.preexisting} had it` : ''}${grants.failed > 0 ? `, ${grants.failed} failed` : ''}`
      : '',
    said(receiptLine ?? ''),
    endedWhy !== undefined && state !== undefined && !isEndState(state) ? `its workflow ended, ${said(endedWhy)}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Evidence stands at its line of the checklist, and notes with the notes. */
const elsewhere = new Set<OpenAction['type']>(['evidence', 'note']);
const lesser = new Set<OpenAction['type']>(['abort', 'holdBack', 'acceptContent', 'certify', 'claim', 'endClaim', 'extend', 'pause']);

function Actions({ context }: { context: PackageContext }) {
  const { view, act, nameOf, me, place } = context;
  const proposal = view.running?.proposal;
  const here = view.actions.filter(({ type }) => !elsewhere.has(type));
  const mine = here.filter(({ may }) => may);
  const asked = askedOf(context);
  // What is proposed is decided where its consequences stand.
  const decisions = mine.filter(({ type }) => type === 'decide');
  const plain = mine.filter((each) => each.type !== 'decide' && each !== asked && !lesser.has(each.type));
  const rest = mine.filter(({ type }) => lesser.has(type));
  const others = here.filter(({ may, who }) => !may && who.length > 0);
  const button = (action: OpenAction) => (
    <Button key={keyOf(action)} kind={action === asked ? 'mine' : actionKind(action, proposal)} onClick={() => act(action)}>
      {actionName(action, proposal)}
    </Button>
  );
  return (
    <div class="package-actions">
      {decisions.length > 0 && (
        <ButtonLink
          kind={proposal?.kind === 'rollback' ? 'takes' : 'mine'}
          to={`/requests/${[place.plan, place.wave, place.package].map(encodeURIComponent).join('/')}`}
        >
          {proposal?.kind === 'rollback' ? 'Review rollback' : proposal?.kind === 'tune' ? 'Decide on tune' : 'Answer'}
        </ButtonLink>
      )}
      {asked && button(asked)}
      {plain.map(button)}
      {(rest.length > 0 || others.length > 0) && (
        <details class="more">
          <summary class="button button-open">{rest.length > 0 ? 'More' : 'Who may do what'}</summary>
          <div class="more-body">
            {rest.length > 0 && <div class="package-actions">{rest.map(button)}</div>}
            {others.length > 0 && (
              <div>
                <p class="small faint">Others may</p>
                <dl class="facts small">
                  {others.map((action) => [
                    <dt key={keyOf(action)}>{actionName(action, proposal)}</dt>,
                    <dd key={`${keyOf(action)} who`} class="soft">
                      {action.who.map(nameOf).join(', ')}
                    </dd>,
                  ])}
                </dl>
              </div>
            )}
          </div>
        </details>
      )}
      {mine.length === 0 && me !== undefined && (
        <p class="soft small">{here.length === 0 ? 'Nothing is to be decided here now.' : `You can read this, ${me.name}; others decide on it.`}</p>
      )}
    </div>
  );
}

export const keyOf = ({ type, item, decision, answer }: OpenAction) => [type, item, decision, answer].filter(Boolean).join(' ');

/** What waits for exactly this person: their sign-off. */
export function askedOf({ view, me }: Pick<PackageContext, 'view' | 'me'>): OpenAction | undefined {
  const waits = (view.package?.blockers ?? []).some(
    (each) => (each.code === 'signOff' && each.person === me?.id) || (each.code === 'anotherSigner' && each.people.includes(me?.id ?? '')),
  );
  return waits ? view.actions.find(({ type, decision, may }) => type === 'signOff' && decision === 'approve' && may) : undefined;
}
