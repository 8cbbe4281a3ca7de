/** A proposal for a released package: why, in numbers; for a rollback, who loses what and used it recently, what stays, and what it waits for. */
import { driftMetric } from '../../domain/watch/drift-metric.ts';
import type { MetricVerdict } from '../../domain/watch/measurement.ts';
import { numberText, verdictWords } from '../../domain/watch/verdict-words.ts';
import { stepOf } from '../../domain/tune/steps.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { useRead } from '../data/use-read.ts';
import { Failed, Loading } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { Differences } from '../package/differences.tsx';
import { People } from '../package/people.tsx';
import { apiPath, type PackageContext } from '../package/reading.ts';
import { DependencyCheck, RollbackPreview } from '../package/rollback-preview.tsx';
import { Charts, verdictTones } from '../package/watch.tsx';

export function ProposedChange({ context, proposal }: { context: PackageContext; proposal: ProposalView }) {
  const { view, nameOf } = context;
  const last = view.evaluations.at(-1);
  const { approvedBy = [], approvals } = proposal;
  return (
    <>
      <p class="lead">{sentence(context.said(proposal.why))}</p>
      <p class="soft">
        Proposed {day(proposal.proposedAtMs, { time: true })}.{' '}
        {approvals === 2 &&
          (approvedBy.length === 0 ? 'Two people must approve it.' : `${approvedBy.map(nameOf).join(', ')} approved it; a second person must, too.`)}
        {approvals !== 2 && approvedBy.length > 0 && `${approvedBy.map(nameOf).join(', ')} approved it; it waits for its dependency check.`}
        {proposal.frozen === true &&
          ` Frozen${proposal.untilMs === undefined ? ' until somebody decides' : ` until ${day(proposal.untilMs, { time: true })}`}.`}
        {proposal.blackout &&
          ` Blackout '${proposal.blackout.id}' defers it until ${day(proposal.blackout.untilMs, { time: true })}, unless somebody decides otherwise.`}
      </p>
      {proposal.tune && (
        <p>
          <strong>{stepOf(proposal.tune.step).title}</strong>
          {proposal.tune.people && `: ${proposal.tune.people.map(nameOf).join(', ')}`}
          {proposal.tune.entitlement && `: ${proposal.tune.entitlement.system}/${proposal.tune.entitlement.role}`}
        </p>
      )}
      {last && last.driftLines.length > 0 && (
        <Panel id="differences" title="What differs" hint={`found by evaluation ${last.number}`}>
          <div class="panel-body">
            <Differences evaluations={view.evaluations} />
          </div>
        </Panel>
      )}
      {proposal.about === 'grants' && (
        <Panel id="open-grants" title="Grants that were refused or are not confirmed">
          <People context={context} of="grants" query="&outcome=failed,unknown" empty="None is left" />
        </Panel>
      )}
      {last && (
        <Panel id="numbers" title="The numbers" hint={`evaluation ${last.number}`}>
          <ul class="rows panel-body">
            {last.verdict.metrics.map((each) => (
              <li key={each.metric}>
                <span class="row-who">{each.metric === driftMetric ? 'Access drift' : each.metric}</span>
                <span class={`num tone-text-${verdictTones[each.verdict]}`}>{valueText(each)}</span>
                <span class="soft row-why">{each.why}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {proposal.kind === 'rollback' && <WhatItUndoes context={context} proposal={proposal} />}
      {last && (
        <Panel id="charts" title="How it went">
          <Charts context={context} />
        </Panel>
      )}
    </>
  );
}

function WhatItUndoes({ context, proposal }: { context: PackageContext; proposal: ProposalView }) {
  const { view, failure, again } = useRead<RollbackPreviewView>(`${apiPath(context.place)}/rollback-preview`, () => false);
  const known = view?.dependencies ?? proposal.dependencies ?? [];
  return (
    <>
      <Panel id="undo" title="What it would undo">
        {view ? (
          <div class="panel-body">
            <RollbackPreview preview={view} nameOf={context.nameOf} most={20} />
          </div>
        ) : failure ? (
          <Failed failure={failure} retry={again} />
        ) : (
          <Loading what="what it would undo" />
        )}
      </Panel>
      <Panel id="dependencies" title="What it waits for">
        <div class="panel-body">
          <DependencyCheck lines={known} note={view?.dependencyCheck} nameOf={context.nameOf} />
        </div>
      </Panel>
    </>
  );
}

const valueText = ({ value, crossed, verdict }: MetricVerdict): string =>
  value === undefined ? verdictWords[verdict] : `${numberText(value)}${crossed ? `, ${crossed.side} ${numberText(crossed.limit)}` : ''}`;
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
