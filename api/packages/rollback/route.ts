/** Proposes a rollback, and previews what it would revoke, restore and keep. */
import { z } from 'zod';
import { packageMessageBodies } from '../../../domain/messages.ts';
import { duration } from '../../../domain/time/written.ts';
import type { PackageView } from '../../../domain/views/package.ts';
import { rollbackPreviewView } from '../../../domain/views/rollback-preview.ts';
import { spoken } from '../../bodies.ts';
import { messageRoute } from '../../message-route.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import type { Target } from '../../target.ts';
import { packageState } from '../../views.ts';
import { previewAnswer, dependenciesAnswer } from './preview.ts';
import { previewFromLedger } from './preview-from-ledger.ts';
import { previewNow } from './preview-now.ts';
import { inLedgerTurn, inSystemsTurn, type Take } from './preview-turns.ts';

const longestMs = 24 * 3_600_000;
const previewQuery = z.strictObject({
  since: duration
    .refine((ms) => ms <= longestMs, 'is longer than 24h: write 30m, 1h or 24h')
    .prefault('1h')
    .describe('show who used it within this time, up to now; real time, at most 24h'),
});

export const routes = [
  messageRoute({
    segment: 'rollback',
    about: 'package',
    to: 'rolePackage',
    type: 'rollback',
    body: spoken(packageMessageBodies.rollback),
    summary: 'Propose a rollback; it runs once its dependency check is clear and it is approved',
    problems: ['already-proposed'],
  }),
  defineRoute<undefined, z.output<typeof previewQuery>>({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package/rollback-preview',
    group: 'packages',
    reads: 'package',
    summary: 'Preview a rollback: who would lose what and who used it recently, what would be restored, what would stay and why, and what it would wait for',
    query: previewQuery,
    answers: { 200: { what: 'the preview, read from the systems, or from the ledger where a system is unavailable', schema: rollbackPreviewView } },
    problems: ['malformed', 'unknown-wave', 'unknown-package', 'not-released', 'ended', 'engine-unreachable'],
    async handle({ params, query, reading, gone }, services) {
      const target = targetOf(params);
      const of = { plan: target.plan, wave: target.wave, package: String(target.package) };
      const state = await stateOrWhy(services, target);
      const systems = await services.store.systemsInLedger(of);
      if (state === undefined && systems.length === 0) throw await whyItTakesNoMessages(services, target, 'rolePackage');
      const silent = state && 'why' in state ? state : undefined;
      const running = state && 'kind' in state ? state : undefined;
      const proposed = running?.proposal?.kind === 'rollback' ? running.proposal.dependencies : undefined;
      const ask = async () => {
        const sinceMs = Date.now() - query.since;
        return { live: await previewNow(services, of, sinceMs), sinceMs };
      };
      const { live, sinceMs } = silent
        ? { live: silent, sinceMs: Date.now() - query.since }
        : await inSystemsTurn(services, systems, { of, asked: query.since, gone }, ask);
      const notRead = 'why' in live ? systems : live.problems.map(({ system }) => system);
      const read = (take: Take) => previewFromLedger(services.store, of, notRead, take, running?.claims);
      const fromLedger = notRead.length === 0 ? [] : await inLedgerTurn(services, { of, asked: [notRead, running?.claims], gone }, read);
      const said = { ...previewAnswer(live, fromLedger, sinceMs), ...dependenciesAnswer(live, proposed) };
      return { status: 200, body: { ...said, names: await services.planned.namesIn(reading, said) } };
    },
  }),
];

/** Without an answer from the systems, the ledger is better than nothing: the reader may have to decide at night. */
async function stateOrWhy(services: Services, target: Target): Promise<PackageView | { why: string } | undefined> {
  try {
    return await packageState(services, target);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'no-worker') return { why: 'no worker answers' };
    if (error.code === 'engine-unreachable') return { why: 'the Temporal server does not answer' };
    throw error;
  }
}
