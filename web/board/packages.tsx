/** The deployment packages: a table on a desk, cards on a phone, the same elements in another order. Fifty at a time, of as many as there are. */
import type { ComponentChildren } from 'preact';
import type { BoardPackage, BoardPlan } from '../../domain/views/board.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { BesideLegend, StateChip } from '../parts/state-chip.tsx';
import { Instant } from '../parts/time.tsx';
import { go, Link, packageAddress } from '../router.tsx';
import { useChanged } from './changed.ts';
import { addressOfView, everything, shown, type SortKey, type View } from './filters.ts';
import { FilterBar } from './filter-bar.tsx';
import { keyOf } from './keys.ts';
import { Spark } from './spark.tsx';
import { idInWords, riskInWords, spaced, waitsInWords, watchedInWords, watchInWords, whenInWords } from './words.ts';

const perPage = 50;

export function Packages({ packages, plans, view }: { packages: BoardPackage[]; plans: BoardPlan[]; view: View }) {
  const found = shown(packages, view);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const page = Math.min(view.page, pages);
  const rows = found.slice((page - 1) * perPage, page * perPage);
  const nowOf = new Map(plans.map(({ plan, nowMs }) => [plan, nowMs]));
  return (
    <Panel id="packages" title="Deployment packages" hint={<span role="status">{`${found.length} of ${packages.length}`}</span>}>
      <FilterBar packages={packages} view={view} />
      {found.length === 0 ? (
        <Empty title={packages.length === 0 ? 'No package yet' : 'No package matches'}>
          {packages.length === 0 ? (
            <>
              Apply a plan, and its packages appear here: <code>rolewave apply plan.yaml</code>
            </>
          ) : (
            <Button onClick={() => go(addressOfView({ ...everything, only: view.only }))}>Show all packages</Button>
          )}
        </Empty>
      ) : (
        <div class="table-frame">
          <table class="packages" role="table" aria-labelledby="packages-title">
            <thead role="rowgroup">
              <tr role="row">
                <Head name="#" by="number" view={view} label="Number" />
                <Head name="Package" by="name" view={view} />
                <Head name="Wave" by="wave" view={view} />
                <Head name="Telemetry" by="telemetry" view={view} />
                <Head name="Risk" by="risk" view={view} />
                <Head name="State" by="state" view={view} />
                <th role="columnheader" scope="col">
                  Maintenance note
                </th>
                <th role="columnheader" scope="col" class="cell-action">
                  Action
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {rows.map((each) => (
                <Row key={keyOf(each)} each={each} nowMs={nowOf.get(each.plan) ?? 0} severalPlans={plans.length > 1} />
              ))}
            </tbody>
          </table>
          <BesideLegend of={rows} />
        </div>
      )}
      {pages > 1 && (
        <nav class="pages" aria-label="Pages of the table">
          <Button disabled={page === 1} onClick={() => go(addressOfView({ ...view, page: page - 1 }))}>
            Previous
          </Button>
          <span class="num soft">
            {(page - 1) * perPage + 1}–{(page - 1) * perPage + rows.length} of {found.length}
          </span>
          <Button disabled={page === pages} onClick={() => go(addressOfView({ ...view, page: page + 1 }))}>
            Next
          </Button>
        </nav>
      )}
    </Panel>
  );
}

function Head({ name, by, view, label }: { name: string; by: SortKey; view: View; label?: string }) {
  const sorted = view.sort === by ? (view.descending ? 'descending' : 'ascending') : undefined;
  const next = { ...view, sort: by, descending: sorted === 'ascending', page: 1 };
  return (
    <th role="columnheader" scope="col" aria-sort={sorted ?? 'none'} class={`cell-${by}`}>
      <Link to={addressOfView(next)} class="sort" aria-label={label} title={`Sort ${next.descending ? 'descending' : 'ascending'}`}>
        {name}
        <span class="sort-mark" aria-hidden="true">
          {sorted === undefined ? '' : view.descending ? '↓' : '↑'}
        </span>
      </Link>
    </th>
  );
}

function Row({ each, nowMs, severalPlans }: { each: BoardPackage; nowMs: number; severalPlans: boolean }) {
  const { telemetry, when, action } = each;
  const watch = watchInWords(each);
  const state = each.beside === undefined ? each.state : `${each.state} · ${each.beside}`;
  return (
    <tr role="row">
      <td role="cell" class="cell-number num">
        {String(each.number).padStart(2, '0')}
      </td>
      <th role="rowheader" scope="row" class="cell-name">
        <Link to={packageAddress(each)} class="package-name">
          {each.name}
        </Link>
        {each.description !== undefined && <p>{each.description}</p>}
        {(each.owner !== undefined || severalPlans) && (
          <p class="package-owner faint">{[each.owner?.name, spaced(each.team), severalPlans ? each.plan : undefined].filter(Boolean).join(' · ')}</p>
        )}
      </th>
      <Cell class="cell-wave" value={`${when.status}${when.atMs ?? ''}`}>
        {idInWords(each.wave)}
        <small>
          {whenInWords[when.status]}
          {when.atMs !== undefined && (
            <>
              {' '}
              <Instant atMs={when.atMs} nowMs={nowMs} />
            </>
          )}
        </small>
      </Cell>
      <Cell class="cell-telemetry" value={`${watch}${telemetry.evaluations}`}>
        <span class="num">{watch}</span>
        <small>{watchedInWords(telemetry.watched)}</small>
        {telemetry.line !== undefined && <Spark line={telemetry.line} day={telemetry.day} days={telemetry.days} />}
      </Cell>
      <td role="cell" class="cell-risk">
        <span class="only-cards soft">Risk </span>
        {riskInWords(each.risk)}
      </td>
      <Cell class="cell-state" value={state}>
        <StateChip state={each.state} beside={each.beside} />
        {each.unanswered === true && <small class="silent">Does not answer</small>}
        {each.waits && <small class="silent">{waitsInWords(each.waits)}</small>}
      </Cell>
      <td role="cell" class="cell-note">
        {each.note ?? ''}
      </td>
      <td role="cell" class="cell-action">
        <ButtonLink kind={action.kind} to={packageAddress(each)} label={`${action.name}: ${each.name}`}>
          {action.name}
        </ButtonLink>
      </td>
    </tr>
  );
}

function Cell({ value, children, ...rest }: { class: string; value: string; children: ComponentChildren }) {
  const element = useChanged<HTMLTableCellElement>(value);
  return (
    <td role="cell" ref={element} class={rest.class}>
      {children}
    </td>
  );
}
