/** The rollback plan: its steps, what it would undo now, what it waits for, and who approves it. */
import { isEndState } from '../../domain/states.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { useRead } from '../data/use-read.ts';
import { Empty, Failed, Loading } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { apiPath, type PackageContext } from './reading.ts';
import { DependencyCheck, RollbackPreview } from './rollback-preview.tsx';

export function RollbackPlan({ context }: { context: PackageContext }) {
  const { view } = context;
  const { definition, running } = view;
  return (
    <Panel
      id="rollback"
      title="Rollback plan"
      hint={definition ? (definition.rollbackApprovals === 2 ? 'two people approve it' : 'one person approves it') : undefined}
    >
      {definition && (
        <ol class="steps panel-body">
          {definition.rollbackPath.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
      {running && (running.claims ?? []).length > 0 && <Claims context={context} />}
      {running && !isEndState(running.state) && <Undo context={context} />}
      {running && running.receipts.length > 0 && <Receipts context={context} />}
    </Panel>
  );
}

function Undo({ context }: { context: PackageContext }) {
  const { view, failure, again } = useRead<RollbackPreviewView>(`${apiPath(context.place)}/rollback-preview`, () => false);
  if (!view) return failure ? <Failed failure={failure} retry={again} /> : <Loading what="what a rollback would undo" />;
  return (
    <div class="panel-body undo-plan">
      <DependencyCheck lines={view.dependencies} note={view.dependencyCheck} nameOf={context.nameOf} />
      <details>
        <summary>
          What it would undo now: {view.counts.revoked} revoked, {view.counts.restored} restored, {view.counts.kept} kept
          {view.counts.notRestored > 0 ? `, ${view.counts.notRestored} not restored` : ''}
        </summary>
        <RollbackPreview preview={view} nameOf={context.nameOf} />
      </details>
    </div>
  );
}

/** What people keep through a rollback, and who answers for it. */
function Claims({ context: { view, nameOf, said } }: { context: PackageContext }) {
  const claims = view.running?.claims ?? [];
  return (
    <div class="panel-body">
      <h3>{view.running?.state === 'Rolled back' ? 'What stays for a claim' : 'What a rollback would keep for a claim'}</h3>
      <ul class="rows">
        {claims.map(({ id, by, grants, untilMs, reason, overdue }) => (
          <li key={id}>
            <span class="row-who">{nameOf(by)}</span>
            <span class="row-why">
              {grants.map(({ system, role, person }) => (
                <span key={`${system}/${role}/${person}`}>
                  <code>
                    {system}/{role}
                  </code>{' '}
                  of {nameOf(person)},{' '}
                </span>
              ))}
              {overdue ? (
                <strong class="tone-text-tune">ended {day(untilMs, { time: true })}: to be renewed or ended</strong>
              ) : (
                <>until {day(untilMs, { time: true })}</>
              )}
              <span class="soft">: {said(reason)}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Receipts({ context: { view } }: { context: PackageContext }) {
  const receipts = view.running?.receipts ?? [];
  return (
    <div class="panel-body">
      <h3>What it undid</h3>
      <ul class="rows">
        {receipts.map(({ system, granted, revoked, restored, check, ...lists }) => (
          <li key={system}>
            <span class="row-who">{system}</span>
            <span class="row-why">
              {granted} granted, {revoked} revoked, {restored} restored
              <Left {...lists} />
              {check !== '' && (
                <details>
                  <summary class="soft small">How to check it in the system</summary>
                  <pre class="proof" tabIndex={0}>
                    {check}
                  </pre>
                </details>
              )}
            </span>
          </li>
        ))}
      </ul>
      {receipts.length === 0 && <Empty title="Nothing was undone" />}
    </div>
  );
}

/** Of a long list only the first lines are here, and how many there are. */
function Left({ kept, failed, counts }: Pick<Receipt, 'kept' | 'failed' | 'counts'>) {
  const number = { kept: counts?.kept ?? kept.length, failed: counts?.failed ?? failed.length };
  const reasons = [...new Set(kept.map(({ why }) => why))].join(', ');
  return (
    <>
      {number.kept > 0 && `, ${number.kept} kept${reasons === '' ? '' : `: ${reasons}`}`}
      {number.failed > 0 && <strong class="tone-text-roll">, {number.failed} failed</strong>}
    </>
  );
}
