/** Actions before a release: sign-offs, evidence, dates and holds. */
import type { OpenAction } from '../../domain/views/open-action.ts';
import { blastRadiusText } from '../../domain/access/blast-radius.ts';
import { countsText } from '../../domain/access/incompatible.ts';
import { durationInWords } from '../../domain/time/duration.ts';
import { itemNames } from '../../domain/readiness.ts';
import type { PackageContext } from '../package/reading.ts';
import { day } from '../parts/time.tsx';
import { instantOf, instantValue } from './fields.tsx';
import { HoldText } from './hold-text.tsx';
import { given, listOf, reasonField, text, type Form } from './form.ts';
import { actionName } from './words.ts';

const short = (digest: string) => `${digest.slice(0, 12)}…`;

export function signOffForm(action: OpenAction, { view }: PackageContext): Form {
  const { decision = 'approve' } = action;
  const { planDigest = '', previewDigest = '', name = '', goLiveMs, preview = [], incompatibleAcross = [] } = view.package ?? {};
  const sum = (pick: (part: (typeof preview)[number]) => number) => preview.reduce((total, part) => total + pick(part), 0);
  const what = `${sum(({ toGrant }) => toGrant)} to grant, ${sum(({ toRetire }) => toRetire)} to retire, ${sum(({ alreadyThere }) => alreadyThere)} unchanged`;
  const radii = preview.flatMap(({ system, blastRadius }) => (blastRadius ? [`${system}: the access of ${blastRadiusText(blastRadius)}`] : []));
  const conflicts = preview.flatMap(({ system, conflicts: lines }) => lines.map((line) => `${system}: ${line}`));
  const together = [...preview.flatMap(({ incompatible = [] }) => incompatible), ...incompatibleAcross].map(countsText);
  const says = {
    approve: (
      <>
        <p>
          You approve exactly what this page shows: {what}.{' '}
          {goLiveMs === undefined ? 'It has no go-live date yet.' : `It goes live on ${day(goLiveMs, { time: true })} once everyone has signed.`}
        </p>
        {radii.length > 0 && <p>It changes in {radii.join('; ')}.</p>}
        {conflicts.length > 0 && (
          <>
            <p class="note">
              {conflicts.length === 1 ? 'One conflict is known, and does' : `${conflicts.length} conflicts are known, and do`} not stop the release:
            </p>
            <ul>
              {conflicts.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
        {together.length > 0 && <p>Incompatible entitlements: {together.join('; ')}.</p>}
        <p class="soft small">
          Plan <code>{short(planDigest)}</code>, preview <code>{short(previewDigest)}</code>. If either changes, your sign-off no longer counts and you are
          asked again.
        </p>
      </>
    ),
    reject: <p>The package is not released while your rejection stands. The others are told, with your reason.</p>,
    withdraw: <p>Your earlier decision no longer counts, and you are asked again.</p>,
  }[decision];
  return {
    title: decision === 'withdraw' ? 'Withdraw your decision?' : `${actionName(action, undefined)} ${name}?`,
    confirm: actionName(action, undefined),
    kind: decision === 'approve' ? 'mine' : 'open',
    says,
    fields: [{ ...reasonField, required: decision === 'reject', label: decision === 'approve' ? 'Comment' : 'Reason' }],
    segment: 'sign-offs',
    body: (values) => given({ decision, planDigest, previewDigest, reason: text(values, 'reason') }),
  };
}

export function evidenceForm({ item }: OpenAction, { view, nowMs, said }: PackageContext): Form {
  const name = item === undefined ? 'evidence' : itemNames[item];
  const line = view.package?.checklist.find((each) => each.item === item);
  const risk = item === 'riskAcceptance';
  const longest = line !== undefined && 'timeboxMs' in line ? line.timeboxMs : undefined;
  const allowed = longest === undefined ? '' : ` One that took longer than ${durationInWords(longest)} is recorded, but does not count.`;
  return {
    title: `Evidence: ${name}`,
    confirm: 'Record evidence',
    kind: 'mine',
    says: (
      <p>
        {line ? `Now: ${said(line.why)}. ` : ''}What you record is kept with your name. A waiver needs the reason why it is not needed, and everyone who signs
        sees it.
      </p>
    ),
    fields: [
      { name: 'reference', label: 'Reference or reason', kind: 'text', required: true, hint: 'Where it can be read: a ticket, a document, a recording.' },
      ...(item === 'drill'
        ? [{ name: 'took', label: 'How long it took', kind: 'duration', required: true, hint: `Such as 38m or 1h.${allowed}` } as const]
        : []),
      { name: 'expires', label: 'Valid until (UTC)', kind: 'instant', required: risk },
      ...(risk || item === 'drill' ? [] : [{ name: 'waived', label: 'Waive it: not needed for this release', kind: 'check' } as const]),
    ],
    ...(risk ? { initial: { expires: instantValue(nowMs + 90 * 86_400_000) } } : {}),
    segment: 'evidence',
    body: (values) =>
      given({
        item,
        reference: text(values, 'reference'),
        took: text(values, 'took'),
        ...(text(values, 'expires') === '' ? {} : { expiresMs: instantOf(text(values, 'expires')) }),
        waived: values['waived'] === 'true' ? true : undefined,
      }),
  };
}

export function dateForm(_action: OpenAction, { view, nowMs }: PackageContext): Form {
  const { goLiveMs } = view.package ?? {};
  return {
    title: goLiveMs === undefined ? 'Set the go-live date' : 'Move the go-live date',
    confirm: 'Set the date',
    kind: 'mine',
    says: (
      <p>
        {goLiveMs === undefined ? 'It has no date yet. ' : `It goes live on ${day(goLiveMs, { time: true })} now. `}On{' '}
        {goLiveMs === undefined ? 'that' : 'the new'} date it is released if everything is there and signed; otherwise it is held back. Only this package moves.
      </p>
    ),
    fields: [
      { name: 'goLive', label: 'Go-live (UTC)', kind: 'instant', required: true, hint: `It is now ${day(nowMs, { time: true })}.` },
      { name: 'despite', label: 'Reason to go live during a blackout', kind: 'line', hint: 'Needed only if the date is within one.' },
    ],
    initial: { goLive: instantValue(goLiveMs ?? Math.ceil((nowMs + soonMs(view.clock)) / 60_000) * 60_000) },
    segment: 'go-live',
    body: (values) => given({ goLiveMs: instantOf(text(values, 'goLive')), despiteBlackout: text(values, 'despite') }),
  };
}

/** An hour; under a clock that runs faster, what leaves twenty seconds to press the button. */
const soonMs = ({ dayMs }: { dayMs: number }): number => Math.max(3_600_000, (20_000 * 86_400_000) / dayMs);

export const holdBackForm = (): Form => ({
  title: 'Hold this package back?',
  confirm: 'Hold back',
  kind: 'open',
  says: <p>It does not go live on its date and waits for a new one. The rest of its wave goes live, except what builds on it. Sign-offs stay.</p>,
  fields: [reasonField],
  segment: 'hold-back',
  body: (values) => ({ reason: text(values, 'reason') }),
});

export const liftHoldForm = ({ hold }: OpenAction, { view, nowMs }: PackageContext): Form => ({
  title: 'Approve lifting the hold of its wave?',
  confirm: 'Approve lifting the hold',
  kind: 'mine',
  says: (
    <>
      {hold && <HoldText {...hold} />}
      <p>
        This counts as your approval, for all packages of the wave. Once enough people approve the same date and the same people, the wave goes live on that
        date. A pilot narrows who receives it.
      </p>
    </>
  ),
  fields: [
    { name: 'goLive', label: 'Go-live (UTC)', kind: 'instant', required: true },
    { name: 'pilot', label: 'Pilot', kind: 'people', hint: 'Those to begin with. Leave empty for everyone.' },
    reasonField,
  ],
  initial: { goLive: instantValue(view.package?.goLiveMs ?? nowMs + 86_400_000) },
  segment: 'lift-hold',
  body: (values) =>
    given({
      goLiveMs: instantOf(text(values, 'goLive')),
      pilot: text(values, 'pilot') === '' ? undefined : listOf(text(values, 'pilot')),
      since: hold?.since,
      reason: text(values, 'reason'),
    }),
});

export const noteForm = (action: OpenAction): Form => ({
  title: actionName(action, undefined),
  confirm: 'Add the note',
  kind: 'mine',
  says: <p>Everyone who acts for this package reads it, under your name. It changes nothing else.</p>,
  fields: [{ name: 'text', label: 'Note', kind: 'text', required: true }],
  segment: 'notes',
  body: (values) => ({ text: text(values, 'text') }),
});
