/** The checklist with its evidence: what is there, by whom, and who supplies what is missing. */
import { itemNames } from '../../domain/readiness.ts';
import { durationInWords } from '../../domain/time/duration.ts';
import type { ChecklistLine } from '../../domain/views/checklist.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import type { PackageContext } from './reading.ts';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `brief`: what is there is not replaced here. */
export function Readiness({ context, brief = false }: { context: PackageContext; brief?: boolean }) {
  const { view, act, nameOf } = context;
  const lines = view.package?.checklist ?? [];
  const missing = lines.filter(({ ok }) => !ok).length;
  const released = view.package?.releasedAtMs !== undefined;
  return (
    <Panel
      id="readiness"
      title="Readiness"
      hint={lines.length === 0 ? undefined : missing === 0 ? 'everything is there' : released ? `${missing} open now` : `${missing} of ${lines.length} missing`}
    >
      {lines.length === 0 ? (
        <Empty title="No checklist">Its wave has no record of one.</Empty>
      ) : (
        <ul class="checks panel-body">
          {lines.map((line) => (
            <Line
              key={line.item}
              line={line}
              text={textOf(line, context)}
              action={released || (brief && line.ok) ? undefined : view.actions.find(({ type, item }) => type === 'evidence' && item === line.item)}
              act={act}
              nameOf={nameOf}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Line({
  line,
  text,
  action,
  act,
  nameOf,
}: {
  line: ChecklistLine;
  text: string;
  action: OpenAction | undefined;
  act: PackageContext['act'];
  nameOf: PackageContext['nameOf'];
}) {
  return (
    <li class={line.ok ? 'check-ok' : 'check-open'}>
      <span>
        <strong>{capital(itemNames[line.item])}</strong>
        <span class="soft">
          {' '}
          {text}
          {line.by !== undefined && ` · ${nameOf(line.by)}`}
          {line.expiresMs !== undefined && ` · until ${day(line.expiresMs)}`}
        </span>
        {!line.ok && action && !action.may && action.who.length > 0 && <span class="soft"> · from {action.who.map(nameOf).join(' or ')}</span>}
      </span>
      {action?.may && (
        <Button aria-label={`${line.ok ? 'Replace' : 'Add evidence'}: ${itemNames[line.item]}`} onClick={() => act(action)}>
          {line.ok ? 'Replace' : 'Add evidence'}
        </Button>
      )}
    </li>
  );
}

function ownerText({ view, nameOf }: PackageContext): string {
  const { owner, team } = view.package ?? {};
  return [owner === undefined ? 'in the plan' : nameOf(owner), team].filter(Boolean).join(', ');
}

function textOf(line: ChecklistLine, context: PackageContext): string {
  const { said } = context;
  switch (line.code) {
    case 'recorded':
      return line.reference;
    case 'waived':
      return `waived: ${line.reason}`;
    case 'measured':
      return `${line.metrics} ${line.metrics === 1 ? 'metric' : 'metrics'} read`;
    case 'unreadable':
      return line.metrics.map(({ metric, why }) => `${metric}: ${why}`).join('; ');
    case 'inPlan':
      return line.item === 'owner' ? ownerText(context) : said(line.why);
    case 'missing':
      return line.timeboxMs === undefined ? said(line.why) : `must take at most ${durationInWords(line.timeboxMs)}`;
    default:
      return said(line.why);
  }
}
