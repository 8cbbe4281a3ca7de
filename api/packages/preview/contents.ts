/** Reads previews and the contents of their roles from the store, and what differs from the last signature. */
import { contentChanges, contentChangeView, privilegesIn } from '../../../domain/access/role-content.ts';
import { eachRow } from '../../../domain/access/preview-rows.ts';
import type { BlastRadius, PreviewPart } from '../../../domain/access/preview.ts';
import type { PreviewContent } from '../../../domain/release/signed-preview.ts';
import type { ContentChangeView, PreviewRow, PreviewView } from '../../../domain/views/preview.ts';
import type { SignOffView } from '../../../domain/views/sign-off.ts';
import type { StoreReader } from '../../../store/contract.ts';
import type { Target } from '../../target.ts';
import { changedRows } from './changed-rows.ts';

export interface Part extends Pick<PreviewPart, 'system' | 'digest'> {
  /** Absent where a preview is only on record. */
  blastRadius?: BlastRadius;
}

/** Undefined: one of them is not on record, or is about another package. Anyone who reaches Temporal can make a wave show any digest. */
export async function contentsOf(store: StoreReader, { plan, package: id }: Target, parts: Part[]): Promise<PreviewContent[] | undefined> {
  const found = await Promise.all(parts.map(({ digest }) => store.preview(digest)));
  const own = found.filter((content, index) => content?.plan === plan && content.package === id && content.system === parts[index]?.system);
  return own.length === parts.length ? (own as PreviewContent[]) : undefined;
}

const privilegesShown = 200;

/** What each role of a preview may do. */
export async function rolesOf(
  store: StoreReader,
  { entitlements, legacy, roles }: PreviewContent,
): Promise<NonNullable<PreviewView['systems']>[number]['roles']> {
  const privilegesOf = privilegesIn(await store.roleContents(roles.map(({ digest }) => digest)));
  const [granted, retired] = [new Set(entitlements.map(({ role }) => role)), new Set(legacy.map(({ role }) => role))];
  return roles.map(({ role, exists, digest }) => {
    const privileges = privilegesOf(digest) ?? [];
    return {
      role,
      used: granted.has(role) ? 'granted' : retired.has(role) ? 'retired' : 'dropped',
      exists,
      privileges: privileges.slice(0, privilegesShown),
      ...(privileges.length > privilegesShown ? { more: privileges.length - privilegesShown } : {}),
    };
  });
}

/** The last signature of this person, or else of anyone. */
export function lastSignature(signOffs: SignOffView[], person: string): Signature | undefined {
  const signatures = signOffs.filter((one): one is Signature => one.decision !== 'withdraw');
  return signatures.findLast(({ by }) => by === person) ?? signatures.at(-1);
}
export type Signature = SignOffView & { decision: 'approve' | 'reject' };

/** `signed`: the digest of the preview that was signed. Undefined where that preview is not on record. */
export async function sinceSignature(
  store: StoreReader,
  target: Target,
  signed: string,
  now: PreviewContent[],
  together: (contents: PreviewContent[]) => PreviewRow[],
): Promise<{ rows: PreviewRow[]; content: ContentChangeView[] } | undefined> {
  const parts = await partsOf(store, target, signed);
  const before = parts && (await contentsOf(store, target, parts));
  if (!before) return undefined;
  function* allRows(contents: PreviewContent[]): Generator<PreviewRow> {
    for (const each of contents) yield* eachRow(each);
    yield* together(contents);
  }
  const content = await Promise.all(
    now.map((each) =>
      roleChanges(
        store,
        before.find(({ system }) => system === each.system),
        each,
      ),
    ),
  );
  return { rows: await changedRows(allRows(before), allRows(now)), content: content.flat() };
}

const eventsRead = 200;

/** The parts of a preview, whose digest is known. */
export async function partsOf(store: StoreReader, target: Target, digest: string): Promise<Part[] | undefined> {
  return (await previewsOf(store, target, eventsRead)).find((preview) => preview.digest === digest)?.parts;
}

export const lastPreviewed = async (store: StoreReader, target: Target): Promise<{ digest: string; parts: Part[] } | undefined> =>
  (await previewsOf(store, target, 1))[0];

/** The event of each preview names its parts. The last one comes first. */
async function previewsOf(store: StoreReader, { plan, wave, package: id = '' }: Target, limit: number): Promise<{ digest: string; parts: Part[] }[]> {
  const events = await store.previewed({ plan, wave, package: id, limit });
  return events.flatMap(({ data }) => {
    const { digest, parts } = data ?? {};
    return typeof digest === 'string' && Array.isArray(parts) ? { digest, parts: parts as Part[] } : [];
  });
}

async function roleChanges(store: StoreReader, before: PreviewContent | undefined, now: PreviewContent): Promise<ContentChangeView[]> {
  // What is granted now and was shown then; a role that was not has its rows.
  const shown = new Set(before?.roles.map(({ role }) => role));
  const reviewed = before && { ...before, entitlements: now.entitlements.filter(({ role }) => shown.has(role)) };
  if (!reviewed || contentChanges(reviewed, now.roles).length === 0) return [];
  const privilegesOf = privilegesIn(await store.roleContents([...reviewed.roles, ...now.roles].map(({ digest }) => digest)));
  return contentChanges(reviewed, now.roles, privilegesOf).flatMap((change) => contentChangeView(now.system, change) ?? []);
}
