/** The plans that have been applied. */
import { z } from 'zod';
import { hasSealOf } from '../../../domain/authority/applied.ts';
import { revisionOverview } from '../../../domain/authority/as-read.ts';
import { shownRevision } from '../../../domain/views/overview.ts';
import { planRow } from '../../../domain/views/revision.ts';
import { Problem } from '../../errors.ts';
import type { RevisionHead } from '../../../store/contract.ts';
import { nativeSignature } from '../../../store/native-signatures.ts';
import { defineRoute, type Services } from '../../route.ts';

const readQuery = z.strictObject({
  revision: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('an earlier revision (default: the latest)'),
});
export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/plans',
    group: 'plans',
    reads: 'rows',
    summary: 'List the plans that the caller sees',
    answers: { 200: { what: 'the plans with their latest revision', schema: z.array(planRow) } },
    problems: [],
    async handle({ caller }, { store, readings }) {
      const seen = await readings.all(caller);
      return { status: 200, body: (await store.plans()).filter(({ plan }) => seen.has(plan)) };
    },
  }),
  defineRoute<undefined, z.output<typeof readQuery>>({
    method: 'get',
    path: '/v1/plans/:plan',
    group: 'plans',
    reads: 'plan',
    summary: 'The latest revision of a plan, or the requested one',
    query: readQuery,
    answers: { 200: { what: 'the revision, or the part of it in which the caller acts; its number is the ETag', schema: shownRevision } },
    problems: ['malformed', 'unknown-revision'],
    async handle({ params, query, reading, by }, services) {
      const { store } = services;
      const plan = String(params.plan);
      const { revision } = query;
      const unknown = () => new Problem('unknown-revision', `The plan '${plan}' has no revision ${revision}.`);
      if (!reading.acts) {
        // Its number and time: no document is read for them.
        const head = revision === undefined ? await store.latestOutline(plan) : await store.appliedOutline(plan, revision);
        if (!head) throw unknown();
        return { status: 200, body: revisionOverview(head), headers: { ETag: `"${head.number}"` } };
      }
      const head = await headOf(services, plan, revision);
      if (!head) throw unknown();
      // A plan has megabytes, which are read, cut and written beside the thread that answers everybody.
      const shown = await services.plans.shown({ plan, right: reading.right }, () => store.documentText(plan, head.number), head, reading, by);
      if (!shown || !hasSealOf(head, shown, services.sealer.trustedKeys, nativeSignature)) throw unknown();
      return { status: 200, body: undefined, json: shown.json, headers: { ETag: `"${head.number}"` } };
    },
  }),
];

async function headOf({ store }: Services, plan: string, revision: number | undefined): Promise<RevisionHead | undefined> {
  const number = revision ?? (await store.latestRevisionNumber(plan));
  return number === undefined ? undefined : store.revisionHead(plan, number);
}
