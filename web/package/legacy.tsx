/** Old access that this package replaces: what is retired, and how far that is. */
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import type { PackageContext } from './reading.ts';

export function Legacy({ context: { view } }: { context: PackageContext }) {
  const legacy = view.definition?.legacy ?? [];
  const counts = view.ledger.retire ?? {};
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const planned = (view.package?.preview ?? []).reduce((sum, { toRetire }) => sum + toRetire, 0);
  const drift = view.evaluations.at(-1)?.drift.legacy ?? 0;
  const hint =
    total > 0
      ? `${counts.revoked ?? 0} of ${total} grants retired`
      : planned > 0
        ? `${planned} ${planned === 1 ? 'grant is' : 'grants are'} retired at go-live`
        : undefined;
  return (
    <Panel id="legacy" title="Legacy access" hint={hint}>
      {legacy.length === 0 ? (
        <Empty title="Nothing is retired">It replaces no old access.</Empty>
      ) : (
        <ul class="rows panel-body">
          {legacy.map(({ system, role, description, design }) => (
            <li key={`${system}/${role}`}>
              <code>
                {system}/{role}
              </code>
              <span class="soft row-why">
                {description}
                {design === 'rejected' && (
                  <strong class="tone-text-roll">
                    <span aria-hidden="true"> · </span>rejected: never restored
                  </strong>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {drift > 0 && (
        <p class="foot tone-text-tune">
          {drift === 1 ? '1 grant has come back or is' : `${drift} grants have come back or are`} not retired, by the last evaluation.
        </p>
      )}
    </Panel>
  );
}
