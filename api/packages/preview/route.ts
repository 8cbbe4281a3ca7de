/** What a release would change, person by person, for those who sign it. */
import { z } from 'zod';
import { partOf } from '../../../domain/access/build-preview.ts';
import { eachRow, rowKey } from '../../../domain/access/preview-rows.ts';
import { namesAmong } from '../../../domain/people-named.ts';
import { previewChanges, previewView, type PreviewRow, type PreviewView } from '../../../domain/views/preview.ts';
import type { PreviewPart } from '../../../domain/access/preview.ts';
import type { PreviewContent } from '../../../domain/release/signed-preview.ts';
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
import { previewOnRecord, type Previewed } from './on-record.ts';
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
    async handle({ params, query, by }, services) {
      const target = targetOf(params);
      await requirePackage(services, target);
      const body = await previewPage(services, target, query, by);
      return {
        status: 200,
        body: {
          ...body,
          names: namesAmong((await services.planned.people([target.plan])).get(target.plan), [body.rows, { by: body.signature?.by }]),
        } satisfies PreviewView,
      };
    },
  }),
];

async function previewPage(services: Services, target: Target, query: PreviewQuery, by: string): Promise<PreviewView> {
  const { store } = services;
  const { planDigest, previewDigest, parts, signOffs, asRecorded } = await previewed(services, target);
  if (query.digest !== undefined && query.digest !== previewDigest)
    throw new Problem('stale-digest', `The preview of '${target.package}' is now ${previewDigest.slice(0, 12)}…. Read it again from its first page.`);
  const contents = await contentsOf(store, target, parts);
  if (!contents) throw new Problem('not-previewed', `The store does not have the preview ${previewDigest.slice(0, 12)}… of '${target.package}'.`);
  const isFirst = query.cursor === undefined;
  // Comparing two previews costs as much as reading them: other pages need it only where it is what they list.
  const signed = isFirst || query.changed ? lastSignature(signOffs, by) : undefined;
  const since =
    signed && (signed.previewDigest === previewDigest ? { rows: [], content: [] } : await sinceSignature(store, target, signed.previewDigest ?? '', contents));
  const order = query.by ?? 'person';
  // A cursor belongs to one preview: what is signed is never put together from two.
  const asked = { list: `preview ${previewDigest}`, query, cursors: services.cursors };
  const keyOf = (row: PreviewRow) => rowKey(row, order);
  const found = firstRows(matching(query.changed ? (since?.rows ?? []) : rowsOf(contents), query), {
    keyOf,
    after: keyBefore(asked, z.array(z.string())),
    limit: query.limit,
  });
  const page = pageOf(asked, found.rows, keyOf);
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
            systemOf(partOf(content, parts[index]?.digest ?? ''), await rolesOf(store, content)),
          ),
        }
      : {}),
    ...(isFirst && signed ? { signature: signatureOf(signed, since) } : {}),
    total: found.total,
    ...page,
  };
}

const systemOf = ({ conflicts: _conflicts, ...part }: PreviewPart, roles: Awaited<ReturnType<typeof rolesOf>>) => ({ ...part, roles });

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
  if (!found) throw await whyNoPackage(services, target, wave);
  const { preview: parts, previewDigest, planDigest, signOffs } = found;
  if (!parts || previewDigest === undefined)
    throw new Problem(
      'not-previewed',
      `'${found.name}' has no preview yet: ${found.blockers.map(({ text }) => text).join('; ') || 'it is still being taken'}.`,
    );
  return { planDigest, previewDigest, parts, signOffs };
}

function signatureOf({ by, decision, atMs, previewDigest = '' }: Signature, since: Awaited<ReturnType<typeof sinceSignature>>) {
  return { by, decision, atMs, previewDigest, ...(since ? { changed: since.rows.length + since.content.length } : {}), content: since?.content ?? [] };
}

function* rowsOf(contents: PreviewContent[]): Generator<PreviewRow> {
  for (const content of contents) yield* eachRow(content);
}

function* matching(rows: Iterable<PreviewRow>, { system, person, change }: PreviewQuery): Generator<PreviewRow> {
  for (const row of rows) if (isAmong(system, row.system) && isAmong(person, row.person) && isAmong(change, row.change)) yield row;
}
