/** Actions after a release: its watch, tunes, rollback, and the answers to what is proposed. */
import type { TuneStep } from '../../domain/plan/schema.ts';
import { timesInWords } from '../../domain/time/duration.ts';
import { stepOf, tuneSteps } from '../../domain/tune/steps.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { PackageContext } from '../package/reading.ts';
import { instantOf, type Values } from './fields.tsx';
import { given, listOf, reasonField, text, type Form } from './form.ts';
import { actionName } from './words.ts';

const watchForms = {
  evaluate: {
    title: 'Evaluate now?',
    says: (
      <p>Every metric is read once more, and the result is judged by the same rules. It changes no access on its own, unless it leads to an automatic tune.</p>
    ),
    fields: [],
  },
  extend: {
    title: 'Extend the watch',
    says: <p>Its evaluations go on for this much longer, and its end moves.</p>,
    fields: [{ name: 'by', label: 'By how much', kind: 'duration', required: true, hint: 'Plan time, such as 12h or 7d.' }, reasonField],
  },
  pause: {
    title: 'Pause the watch?',
    says: <p>Its days stop counting and nothing is evaluated until somebody resumes it. Access stays as it is.</p>,
    fields: [reasonField],
  },
  resume: { title: 'Resume the watch?', says: <p>It goes on where it was paused, and its end moves by as long as it was paused.</p>, fields: [] },
  abort: {
    title: 'Abort this package?',
    says: (
      <p>
        Its watch ends at once and what its release did is undone, without another approval: this takes access away. To let others decide, propose a rollback
        instead.
      </p>
    ),
    fields: [reasonField],
  },
} as const;

export function watchForm(action: OpenAction & { type: keyof typeof watchForms }): Form {
  const { title, says, fields } = watchForms[action.type];
  const takes = action.type === 'abort';
  return {
    title,
    confirm: actionName(action, undefined),
    kind: takes ? 'takes' : 'mine',
    says,
    ...(takes ? { previews: 'rollback' as const } : {}),
    fields,
    segment: action.type,
    body: (values) => given({ by: text(values, 'by'), reason: text(values, 'reason') }),
  };
}

export const rollbackForm = (action: OpenAction, { view }: PackageContext): Form => ({
  title: 'Propose to roll it back?',
  confirm: 'Propose rollback',
  kind: 'takes',
  says: (
    <p>
      It undoes what this release did and nothing that anyone else did. It runs once{' '}
      {view.definition?.rollbackApprovals === 2 ? 'two people have' : 'the owner has'} approved it and its dependency check is clear.
    </p>
  ),
  previews: 'rollback',
  fields: [reasonField],
  segment: action.type,
  body: (values) => ({ reason: text(values, 'reason') }),
});

/** What the plan does automatically, then what a person may order. */
export function tuneForm(_action: OpenAction, { view, me }: PackageContext): Form {
  const { tune } = view.definition ?? {};
  const owner = view.running?.owner === me?.id;
  const steps = (Object.keys(tuneSteps) as TuneStep[]).filter((step) => step !== 'ask');
  const roles = view.definition?.entitlements ?? [];
  return {
    title: 'Tune this package',
    confirm: 'Order the tune',
    kind: 'mine',
    says: (
      <div>
        {tune && (
          <div class="note">
            <strong>Playbook of the plan</strong>
            <ul>
              <li>When access differs from what was reviewed: {stepOf(tune.onDrift).title.toLowerCase()}</li>
              <li>When a metric crosses its bound: {stepOf(tune.onMetric).title.toLowerCase()}</li>
              <li>
                Automatically at most {timesInWords(tune.attempts)}; {view.running?.tunes.length ?? 0} so far
              </li>
            </ul>
          </div>
        )}
        <p>
          The watch goes on afterwards, with an evaluation of its own.{' '}
          {owner ? '' : 'Dropping an entitlement or narrowing the people is proposed to the owner; other steps run at once.'}
        </p>
      </div>
    ),
    fields: [
      { name: 'step', label: 'Step', kind: 'choice', required: true, options: steps.map((step) => ({ value: step, label: stepOf(step).title })) },
      { name: 'people', label: 'Who loses it', kind: 'people', required: true, shownIf: (values) => values['step'] === 'narrow' },
      ...(roles.length === 0
        ? []
        : [
            {
              name: 'entitlement',
              label: 'Entitlement',
              kind: 'choice',
              required: true,
              shownIf: (values: Values) => values['step'] === 'tighten',
              options: [{ value: '', label: 'Choose one' }, ...roles.map(({ system, role }) => ({ value: `${system}/${role}`, label: `${system}/${role}` }))],
            } as const,
          ]),
      {
        name: 'by',
        label: 'By how much',
        kind: 'duration',
        hint: 'Plan time, such as 12h or 7d. Leave empty for the plan’s value.',
        shownIf: (values) => values['step'] === 'extend',
      },
      reasonField,
    ],
    initial: { step: tune?.onDrift === 'ask' ? 'reconcile' : (tune?.onDrift ?? 'reconcile') },
    segment: 'tune',
    body: (values) => tuneBody(values),
  };
}

function tuneBody(values: Values): Record<string, unknown> {
  const step = text(values, 'step') as TuneStep;
  const { fields } = stepOf(step);
  const [system = '', ...role] = text(values, 'entitlement').split('/');
  const days = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text(values, 'by'));
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return given({
    step,
    ...(fields.people ? { people: listOf(text(values, 'people')) } : {}),
    ...(fields.entitlement && system !== '' ? { entitlement: { system, role: role.join('/') } } : {}),
    ...(fields.byMs && days ? { byMs: Number(days[1]) * unitMs[days[2] as keyof typeof unitMs] } : {}),
    reason: text(values, 'reason'),
  });
}

const frozenText = 'Access stays as it is and nothing more is granted. Until a date, it is proposed again then; without one, until somebody decides.';

export function decideForm(action: OpenAction, { view, said }: PackageContext): Form {
  const proposal = view.running?.proposal;
  const { answer = 'decline' } = action;
  const rolls = proposal?.kind === 'rollback' && answer === 'approve';
  return {
    title: `${actionName(action, proposal)}?`,
    confirm: actionName(action, proposal),
    kind: rolls ? 'takes' : 'mine',
    says: (
      <>
        {proposal && <p class="note">{said(proposal.why)}</p>}
        <p>{proposal ? effectOf(answer, proposal) : 'Nothing is proposed any more.'}</p>
      </>
    ),
    ...(rolls ? { previews: 'rollback' as const } : {}),
    fields: [
      ...(answer === 'freeze' ? [{ name: 'until', label: 'Until (UTC)', kind: 'instant' } as const] : []),
      ...(rolls ? [{ name: 'people', label: 'Only for these people', kind: 'people', hint: 'Leave empty for everyone.' } as const] : []),
      reasonField,
    ],
    segment: 'decisions',
    body: (values) =>
      given({
        ...(proposal ? { proposal: proposal.id, kind: proposal.kind, ...(proposal.kind === 'tune' ? { tune: proposal.tune } : {}) } : {}),
        answer,
        ...(text(values, 'until') === '' ? {} : { untilMs: instantOf(text(values, 'until')) }),
        people: text(values, 'people') === '' ? undefined : listOf(text(values, 'people')),
        reason: text(values, 'reason'),
      }),
  };
}

export function effectOf(answer: NonNullable<OpenAction['answer']>, { kind, approvals, approvedBy = [] }: ProposalView): string {
  switch (answer) {
    case 'approve':
      if (kind === 'question') return 'It stays as it is, and its watch goes on.';
      if (kind === 'tune') return 'The tune runs at once, followed by an evaluation.';
      return approvals === 2 && approvedBy.length === 0
        ? 'This is the first of two approvals. It runs once the second is there and its dependency check is clear.'
        : 'It runs as soon as its dependency check is clear, and cannot be called back once it runs.';
    case 'finish':
      return 'What is still missing of what was signed is granted.';
    case 'freeze':
      return frozenText;
    case 'afterBlackout':
      return 'Access stays as it is until the blackout ends. Then it is proposed again.';
    case 'decline':
      if (kind === 'question') return 'A rollback is proposed, and decided like any other.';
      return 'Nothing is changed, and its watch goes on. If the next evaluation finds the same, it is proposed again.';
  }
}

export const certifyForm = (action: OpenAction): Form => ({
  title: 'Certify this package?',
  confirm: actionName(action, undefined),
  kind: 'mine',
  says: <p>You confirm that it is still needed as it is and by the same people. You may accept its risk until a date.</p>,
  fields: [reasonField, { name: 'riskUntil', label: 'Accept its risk until (UTC)', kind: 'instant' }],
  segment: 'certifications',
  body: (values) =>
    given({ reason: text(values, 'reason'), ...(text(values, 'riskUntil') === '' ? {} : { riskUntilMs: instantOf(text(values, 'riskUntil')) }) }),
});

export function acceptContentForm(action: OpenAction, { view }: PackageContext): Form {
  const contents = view.running?.contents ?? [];
  return {
    title: 'Accept what the role may do now?',
    confirm: actionName(action, undefined),
    kind: 'mine',
    says: (
      <>
        <p>What the last evaluation found becomes the reviewed content. Read it first:</p>
        <ul>
          {contents.map(({ system, role, text: said }) => (
            <li key={`${system}/${role}`}>
              <code>
                {system}/{role}
              </code>
              : {said}
            </li>
          ))}
        </ul>
      </>
    ),
    fields: [
      {
        name: 'content',
        label: 'Role',
        kind: 'choice',
        required: true,
        options: contents.map(({ system, role }, index) => ({ value: String(index), label: `${system}/${role}` })),
      },
      reasonField,
    ],
    initial: { content: '0' },
    segment: 'accepted-content',
    body: (values) => {
      const { system, role, digest } = contents[Number(values['content'])] ?? {};
      return given({ system, role, digest, reason: text(values, 'reason') });
    },
  };
}
