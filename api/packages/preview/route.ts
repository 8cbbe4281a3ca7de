/** What a release would change, person by person, for those who sign it. */
import { z } from 'zod';
import { partOf } from '../../../domain/access/build-preview.ts';
import { heldTogether, togetherCounts, type Together } from '../../../domain/access/incompatible.ts';
import { rulesOf } from '../../../domain/plan/incompatible-rules.ts';
import { eachRow, rowKey, togetherRows } from '../../../domain/access/preview-rows.ts';
import { previewChanges, previewView, type PreviewRow, type PreviewView } from '../../../domain/views/preview.ts';
import type { PreviewPart } from '../../../domain/access/preview.ts';
import type { PreviewContent } from '../../../domain/release/signed-preview.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { firstRows } from '../../lists/first-rows.ts';
import { isAmong } from '../../lists/matching.ts';
import { keyBefore, pageOf } from '../../lists/page.ts';
import { choice, flag, ids, oneOf, paging, someText, texts } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import type { Target } from '../../target.ts';
import { waveState } from '../../views.ts';
import { whyNoPackage } from '../read/route.ts';
import { packageProblems, requirePackage } from '../in-plan.ts';
import { inPageTurn } from '../page-turns.ts';
import { previewOnRecord, type Previewed } from './on-record.ts';
import { systemKinds } from '../../../domain/site/system-kinds.ts';
import { contentsOf, lastSignature, rolesOf, sinceSignature, type Signature } from './contents.ts';

const previewQuery = z.strictObject({
  by: oneOf(['person', 'system'] as const, 'order of the rows: by person (the default), or by system and role'),
  system: ids('id of a system'),
  person: texts('id of a person'),
  change: choice(previewChanges, 'what happens'),
  changed: flag('only what differs from the last signature of the person who asks, or else of anyone'),
  digest: someText('the previewDigest that was read: refused with stale-digest when there is another preview now'),
  ...paging,
});
type PreviewQuery = z.output<typeof previewQuery>;

export const routes = [
  defineRoute<undefined, PreviewQuery>({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package/preview',
    group: 'packages',
    reads: 'package',
    summary: 'What the release would change, person by person; for the owner, the signers and the operators',
    query: previewQuery,
    answers: { 200: { what: 'one page of the preview that is to be signed, or of the one that was released', schema: previewView } },
    problems: ['malformed', ...packageProblems, 'not-previewed', 'stale-digest', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params, query, reading, by, gone }, services) {
      const target = targetOf(params);
      await requirePackage(services, target);
      const now = await previewed(services, target);
      const body = await inPageTurn(services, { plan: target.plan, gone }, () => previewPage(services, target, now, { query, by }));
      return {
        status: 200,
        body: {
          ...body,
          names: await services.planned.namesIn(reading, [body.rows, { by: body.signature?.by }]),
        } satisfies PreviewView,
      };
    },
  }),
];

async function previewPage(services: Services, target: Target, now: Previewed, { query, by }: { query: PreviewQuery; by: string }): Promise<PreviewView> {
  const { store } = services;
  const { planDigest, previewDigest, parts, revision, signOffs, asRecorded } = now;
  if (query.digest !== undefined && query.digest !== previewDigest)
    throw new Problem('stale-digest', `The preview of '${target.package}' is now ${previewDigest.slice(0, 12)}…. Read it again from its first page.`);
  const contents = await contentsOf(store, target, parts);
  if (!contents) throw new Problem('not-previewed', `The store does not have the preview ${previewDigest.slice(0, 12)}… of '${target.package}'.`);
  const isFirst = query.cursor === undefined;
  const together = await togetherOf(services, target, revision);
  // Comparing two previews costs as much as reading them: other pages need it only where it is what they list.
  const signed = isFirst || query.changed ? lastSignature(signOffs, by) : undefined;
  const since =
    signed &&
    (signed.previewDigest === previewDigest
      ? { rows: [], content: [] }
      : await sinceSignature(store, target, signed.previewDigest ?? '', contents, (all) => togetherRows(together(all))));
  const order = query.by ?? 'person';
  const found = together(contents);
  // A cursor belongs to one preview: what is signed is never put together from two.
  const asked = { list: `preview ${previewDigest}`, query, cursors: services.cursors };
  const keyOf = (row: PreviewRow) => rowKey(row, order);
  const listed = await firstRows(matching(query.changed ? (since?.rows ?? []) : rowsOf(contents, togetherRows(found)), query), {
    keyOf,
    after: keyBefore(asked, z.array(z.string())),
    limit: query.limit,
  });
  const page = pageOf(asked, listed.rows, keyOf);
  const { plan, wave, package: id = '' } = target;
  return {
    plan,
    wave,
    package: id,
    planDigest,
    previewDigest,
    ...(asRecorded ? { asRecorded } : {}),
    ...(isFirst
      ? {
          systems: await inParallel(2, contents, async (content, index) =>
            systemOf(partOf(content, parts[index]?.digest ?? ''), parts[index]?.blastRadius, await rolesOf(store, content), untoldIn(services, content.system)),
          ),
        }
      : {}),
    ...(isFirst && signed ? { signature: signatureOf(signed, since) } : {}),
    ...(isFirst && found.length > 0 ? { incompatible: togetherCounts(found) } : {}),
    total: listed.total,
    ...page,
  };
}

const systemOf = (
  { conflicts: _conflicts, incompatible: _counts, ...part }: PreviewPart,
  blastRadius: PreviewPart['blastRadius'],
  roles: Awaited<ReturnType<typeof rolesOf>>,
  untold: string | undefined,
) => ({ ...part, ...(blastRadius ? { blastRadius } : {}), roles, ...(untold === undefined ? {} : { untold }) });

function untoldIn({ site }: Services, system: string): string | undefined {
  const declared = site.now().systems.find(({ id }) => id === system);
  return declared && systemKinds[declared.kind].untold;
}

/** Who holds or would hold what nobody may hold together, by the rules of the revision that the wave follows, as of now. */
async function togetherOf({ store }: Services, { plan, package: id }: Target, number: number): Promise<(contents: PreviewContent[]) => Together[]> {
  const revision = await store.revision(plan, number);
  const rolePackage = revision?.document.packages.find((each) => each.id === id);
  const rules = revision && rolePackage ? rulesOf(revision.document, rolePackage) : [];
  const nowMs = toPlan(Date.now(), revision?.clock);
  return (contents) => (rules.length === 0 ? [] : heldTogether(rules, contents, nowMs));
}

async function previewed(services: Services, target: Target): Promise<Previewed> {
  try {
    return await previewInState(services, target);
  } catch (error) {
    const isSilent = error instanceof Problem && (error.code === 'engine-unreachable' || error.code === 'no-worker');
    const recorded = isSilent ? await previewOnRecord(services.store, target) : undefined;
    if (recorded) return recorded;
    throw error;
  }
}

async function previewInState(services: Services, target: Target): Promise<Previewed> {
  const wave = await waveState(services, target);
  const found = wave?.packages.find((entry) => entry.package === target.package);
  if (!wave || !found) throw await whyNoPackage(services, target, wave);
  const { preview: parts, previewDigest, planDigest, signOffs } = found;
  if (!parts || previewDigest === undefined)
    throw new Problem(
      'not-previewed',
      `'${found.name}' has no preview yet: ${found.blockers.map(({ text }) => text).join('; ') || 'it is still being taken'}.`,
    );
  return { planDigest, previewDigest, parts, revision: wave.revision, signOffs };
}

function signatureOf({ by, decision, atMs, previewDigest = '' }: Signature, since: Awaited<ReturnType<typeof sinceSignature>>) {
  return { by, decision, atMs, previewDigest, ...(since ? { changed: since.rows.length + since.content.length } : {}), content: since?.content ?? [] };
}

function* rowsOf(contents: PreviewContent[], together: PreviewRow[]): Generator<PreviewRow> {
  yield* together;
  for (const content of contents) yield* eachRow(content);
}

function* matching(rows: Iterable<PreviewRow>, { system, person, change }: PreviewQuery): Generator<PreviewRow> {
  for (const row of rows) if (isAmong(system, row.system) && isAmong(person, row.person) && isAmong(change, row.change)) yield row;
}
