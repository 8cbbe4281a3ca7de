/** The package for those who see the plan and do not act for it: counts and states, and the sentence that says why there is no more. */
import type { PackageInFullOverview } from '../../domain/views/overview.ts';
import { isEndState } from '../../domain/states.ts';
import { verdictWords } from '../../domain/watch/verdict-words.ts';
import { Panel } from '../parts/panel.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { day } from '../parts/time.tsx';
import { besideState, Crumbs, nameOfPackage, stateOf } from './header.tsx';
import type { Place } from './reading.ts';

export function Overview({ view, place }: { view: PackageInFullOverview; place: Place }) {
  const { package: planned, running, evaluations, ledger } = view;
  const sum = (of: Record<string, number> | undefined) => Object.values(of ?? {}).reduce((total, count) => total + count, 0);
  const preview = planned?.preview ?? [];
  const granted = ledger.grant ? sum(ledger.grant) : preview.reduce((total, each) => total + each.toGrant, 0);
  const retired = ledger.retire ? sum(ledger.retire) : preview.reduce((total, each) => total + each.toRetire, 0);
  const missing = (planned?.checklist ?? []).filter(({ ok }) => !ok).length;
  return (
    <>
      <header class="package-head">
        <Crumbs place={place} />
        <div class="package-title">
          <h1>{nameOfPackage(view, place)}</h1>
          <span class="unseen">State:</span>
          <StateChip state={stateOf(view)} beside={besideState(view)} />
        </div>
      </header>
      <p class="may-not">
        You see counts and states. Who gets what, sign-offs, evidence and evaluations in full are for those who act for this package: its owner and their
        delegates, those who sign for its wave, and the operators of the plan.
      </p>
      <Panel id="counts" title="In short">
        <dl class="facts panel-body">
          <dt>Grants</dt>
          <dd class="num">{running ? `${granted} granted` : `${granted} at go-live`}</dd>
          <dt>Legacy access</dt>
          <dd class="num">{retired === 0 ? 'none is retired' : `${retired} ${retired === 1 ? 'grant' : 'grants'} ${running ? 'retired' : 'to retire'}`}</dd>
          {planned && !running && (
            <>
              <dt>Readiness</dt>
              <dd class="num">{missing === 0 ? 'everything is there' : `${missing} of ${planned.checklist.length} missing`}</dd>
              <dt>Sign-offs</dt>
              <dd class="num">
                {planned.signOffs.approved} approved, {planned.signOffs.rejected} rejected
              </dd>
              <dt>Go-live</dt>
              <dd>{planned.goLiveMs === undefined ? 'no date yet' : day(planned.goLiveMs, { time: true })}</dd>
            </>
          )}
          {running && (
            <>
              <dt>Watch</dt>
              <dd>
                {isEndState(running.state) ? 'ended' : `day ${Math.floor(running.watch.day)} of ${running.watch.days}`}, {evaluations.length}{' '}
                {evaluations.length === 1 ? 'evaluation' : 'evaluations'}
                {running.lastVerdict ? `; the last: ${verdictWords[running.lastVerdict.kind].toLowerCase()}` : ''}
              </dd>
            </>
          )}
        </dl>
      </Panel>
    </>
  );
}
