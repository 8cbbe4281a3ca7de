/**
 * The command that answers a request, made from its action. Mails and printed notices show the same one: from the command line, `channels/` may import
 * only this file.
 */
import { addressText, type Address } from '../domain/address.ts';
import type { Action, ActionOf, ActionType } from '../domain/notices/action.ts';
import { quoted } from './shell-word.ts';

/** Ready to copy. Where the person has to supply something it has `…` between quotation marks, DATE or DURATION. */
export function actionCommand(action: Action): string {
  const make = commands[action.type] as (one: Action) => string[];
  return ['rolewave', ...make(action)].join(' ');
}

/** `answer`: with its own options, such as `freeze --until 2026-05-04`. */
export const answerCommand = (target: Address, answer: string): string => `rolewave decide ${addressText(target)} ${answer} --reason "…"`;

const commands: { [T in ActionType]: (action: ActionOf<T>) => string[] } = {
  signOff: ({ target }) => ['sign-off', addressText(target)],
  evidence: ({ target, fields: { item, supply } }) => [
    'evidence',
    addressText(target),
    item,
    ...supplied(supply, { reference: '--reference "…"', tookMs: '--took DURATION', expiresMs: '--expires DATE' }),
  ],
  setDate: ({ target }) => ['set-date', addressText(target), 'DATE'],
  liftHold: ({ target, fields: { goLiveMs, pilot, since, supply } }) => [
    'lift-hold',
    addressText(target),
    ...(goLiveMs === undefined ? [] : [`--go-live ${new Date(goLiveMs).toISOString().slice(0, 19)}Z`]),
    ...(pilot === undefined ? [] : [`--pilot ${quoted(pilot.join(','))}`]),
    ...(since === undefined ? [] : [`--since ${since}`]),
    ...supplied(supply, { goLiveMs: '--go-live DATE', reason: '--reason "…"' }),
  ],
  review: ({ target, fields: { supply } }) => [
    'review',
    addressText(target),
    ...supplied(supply, { successes: '--successes "…"', challenges: '--challenges "…"', improvements: '--improvements "…"' }),
  ],
  // Without an answer it shows what is proposed, and the commands that answer it.
  decide: ({ target }) => ['decide', addressText(target)],
  certify: ({ target, fields: { supply } }) => [
    'certify',
    addressText(target),
    ...supplied(supply, { riskUntilMs: '--risk-until DATE', reason: '--reason "…"' }),
  ],
  claim: ({ target, fields: { claim, supply } }) => [
    'claim',
    addressText(target),
    `--renew ${quoted(claim)}`,
    ...supplied(supply, { untilMs: '--until DATE', reason: '--reason "…"' }),
  ],
  endClaim: ({ target, fields: { claim, supply } }) => ['end-claim', addressText(target), quoted(claim), ...supplied(supply, { reason: '--reason "…"' })],
  show: ({ target }) => (target.wave === undefined ? ['status', target.plan] : ['show', addressText(target)]),
  previewRollback: ({ target }) => ['rollback', addressText(target), '--preview'],
};

const supplied = <T extends string>(fields: T[], options: Record<T, string>): string[] => fields.map((field) => options[field]);
