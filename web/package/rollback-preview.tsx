/** What a rollback would do: who loses what and used it recently, what is restored, what stays, what it waits for, and how fresh that is. */
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { RollbackPreviewLine, RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { ago } from '../parts/time.tsx';
import { nameIn } from './reading.ts';

interface Props {
  preview: RollbackPreviewView;
  nameOf: (id: string) => string;
  /** Lines of each kind that are shown. */
  most?: number;
}

export function RollbackPreview({ preview, nameOf: known, most = 50 }: Props) {
  const nameOf = (id: string) => (preview.names && Object.hasOwn(preview.names, id) ? nameIn(preview.names)(id) : known(id));
  const { counts, revoked, restored, kept, notRestored, undecided, cut } = preview;
  const used = counts.usedBy;
  return (
    <div class="undo">
      <p class="undo-sum">
        <strong>{counts.revoked} revoked</strong>, {counts.restored} restored, {counts.kept} kept
        {counts.notRestored > 0 ? `, ${counts.notRestored} not restored` : ''}
        {counts.undecided > 0 ? `, ${counts.undecided} for a person to decide` : ''}.{' '}
        {used === undefined ? (
          'Who used it recently is not known.'
        ) : used === 0 ? (
          'No recent use was seen.'
        ) : (
          <strong>{`${used} ${used === 1 ? 'person' : 'people'} used it recently.`}</strong>
        )}
      </p>
      <Freshness preview={preview} />
      <Lines title="Loses" lines={revoked} most={most} nameOf={nameOf} total={counts.revoked} />
      <Lines title="Gets back" lines={restored} most={most} nameOf={nameOf} total={counts.restored} />
      <Lines title="Stays" lines={kept} most={most} nameOf={nameOf} total={counts.kept} />
      <Lines title="Does not come back" lines={notRestored} most={most} nameOf={nameOf} total={counts.notRestored} />
      <Lines title="For a person to decide" lines={undecided} most={most} nameOf={nameOf} total={counts.undecided} />
      {cut && <p class="soft small">The lists are shortened; the counts are complete.</p>}
    </div>
  );
}

function Freshness({ preview: { asOf, systems } }: { preview: RollbackPreviewView }) {
  const old = systems.filter((each) => each.asOf === 'ledger');
  const notes = systems.flatMap(({ system, usageNote }) => (usageNote === undefined ? [] : [`${system}: ${usageNote}`]));
  return (
    <>
      {asOf === 'now' ? (
        <p class="soft small">Read from the systems just now.</p>
      ) : (
        <p class="small tone-text-tune">
          Not read from {old.length === systems.length ? 'the systems' : old.map(({ system }) => system).join(', ')}:{' '}
          {old.find(({ why }) => why)?.why ?? 'no answer'}. Shown is what this release did.
        </p>
      )}
      {notes.length > 0 && <p class="soft small">{notes.join('; ')}</p>}
      {systems.map(
        ({ system, othersNotShown }) =>
          othersNotShown !== undefined && (
            <p key={system} class="soft small">
              Who else has the roles in {system} is not shown: {othersNotShown}.
            </p>
          ),
      )}
      {systems.map(
        ({ system, notTried }) =>
          notTried !== undefined && (
            <p key={system} class="soft small">
              Whether {system} lets this be done was not tried: {notTried}.
            </p>
          ),
      )}
    </>
  );
}

function Lines({ title, lines, most, total, nameOf }: { title: string; lines: RollbackPreviewLine[]; most: number; total: number; nameOf: Props['nameOf'] }) {
  if (lines.length === 0) return null;
  const shown = lines.slice(0, most);
  return (
    <div class="undo-part">
      <h3>
        {title} <span class="faint num">{total}</span>
      </h3>
      <ul class="rows">
        {shown.map((line) => (
          <li key={`${line.system}/${line.role}/${line.account}`}>
            <span class="row-who">{line.person === '' ? line.account : nameOf(line.person)}</span>
            <code>
              {line.system}/{line.role}
            </code>
            <span class="soft row-why">
              {line.lastUsedMs !== undefined && <strong class="tone-text-roll">used {ago(Math.max(0, Date.now() - line.lastUsedMs))} · </strong>}
              {line.why}
            </span>
          </li>
        ))}
      </ul>
      {total > shown.length && <p class="soft small rows-more">and {total - shown.length} more</p>}
    </div>
  );
}

/** Line by line: clear, or who clears it. */
export function DependencyCheck({ lines, note, nameOf }: { lines: readonly DependencyLine[]; note?: string | undefined; nameOf: Props['nameOf'] }) {
  const open = lines.filter(({ clear }) => !clear).length;
  return (
    <div>
      <h3>
        Dependency check{' '}
        <span class={open === 0 && lines.length > 0 ? 'tone-text-ok' : 'tone-text-tune'}>
          {lines.length === 0 ? 'not known' : open === 0 ? 'is clear' : `${open} open`}
        </span>
      </h3>
      {note !== undefined && <p class="soft small">{note.charAt(0).toUpperCase() + note.slice(1)}.</p>}
      <ul class="checks dependencies">
        {lines.map((each) => (
          <li key={each.line} class={each.clear ? 'check-ok' : 'check-open'}>
            <span>
              {each.line}
              {!each.clear && each.clearedBy && (
                <span class="soft"> · cleared by {'person' in each.clearedBy ? nameOf(each.clearedBy.person) : 'an operator'}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
