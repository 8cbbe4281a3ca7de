/** Proposing a rollback, and seeing beforehand what it would take away, bring back and leave. */
import { packageMessageBodies } from '../../../domain/messages.ts';
import { rollbackPreview } from '../../answers.ts';
import { spoken } from '../../bodies.ts';
import { messageRoute } from '../../message-route.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import { targetOf } from '../../target.ts';
import { packageState } from '../../views.ts';
import { previewFromLedger } from './preview-from-ledger.ts';

export const routes = [
  messageRoute({
    segment: 'rollback',
    about: 'package',
    to: 'rolePackage',
    type: 'rollback',
    body: spoken(packageMessageBodies.rollback),
    summary: 'Propose a rollback; it runs once its dependency check is clear and it is approved',
  }),
  defineRoute({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package/rollback-preview',
    group: 'packages',
    summary: 'What a rollback would take away, bring back and leave, as the ledger knows it',
    answers: { 200: { what: 'the preview', schema: rollbackPreview } },
    problems: ['unknown-plan', 'unknown-wave', 'unknown-package', 'not-released', 'ended', 'engine-unreachable'],
    async handle({ params }, services) {
      const target = targetOf(params);
      const of = { plan: target.plan, wave: target.wave, package: String(target.package) };
      const ledger = await services.store.ledger(of);
      const state = await packageState(services, target).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'no-worker') return 'no worker answers' as const;
        throw error;
      });
      if (state === undefined && ledger.length === 0) throw await whyItTakesNoMessages(services, target, 'rolePackage');
      const proposal = typeof state === 'object' && state.proposal?.kind === 'rollback' ? state.proposal : undefined;
      const dependencyCheck = proposal?.dependencies
        ? 'as of the open proposal'
        : state === 'no worker answers'
          ? 'not known: no worker answers'
          : 'runs when a rollback is proposed';
      return { status: 200, body: { ...(await previewFromLedger(services.store, of, ledger)), dependencies: proposal?.dependencies ?? [], dependencyCheck } };
    },
  }),
];
