/** Who gets, has and loses what, as text: of the preview before a release, and of the ledger after it. */
import { instantText } from '../domain/time/instant.ts';
import { recordedText } from '../domain/access/role-content.ts';
import type { GrantList, GrantRow } from '../domain/views/grants.ts';
import type { PreviewRow, PreviewView } from '../domain/views/preview.ts';
import type { ApiClient, Filters } from './api-client.ts';
import { targetPath } from './target.ts';
import type { PackageTarget } from './target.ts';

export type RowOrder = 'person' | 'system';

const perPage = '500';

/** All pages as one. `changedRows`: those that differ from the last signature, where it was for another preview. */
export interface WholePreview extends Omit<PreviewView, 'next'> {
  changedRows: PreviewRow[];
}

/** `filters.digest`: throws (`stale-digest`) when there is another preview now. */
export async function readPreview(client: ApiClient, target: PackageTarget, filters: Filters = {}): Promise<WholePreview> {
  const path = `${targetPath(target)}/preview`;
  const pages = await client.pages<PreviewView>(path, { ...filters, limit: perPage });
  const { next: _next, ...first } = pages[0] as PreviewView;
  const changed = (first.signature?.changed ?? 0) > 0;
  const differing = changed ? await client.pages<PreviewView>(path, { digest: first.previewDigest, changed: 'true', limit: perPage }) : [];
  return { ...first, rows: pages.flatMap(({ rows }) => rows), changedRows: differing.flatMap(({ rows }) => rows) };
}

export async function readGrants(client: ApiClient, target: PackageTarget, filters: Filters = {}): Promise<GrantRow[]> {
  const pages = await client.pages<GrantList>(`${targetPath(target)}/grants`, { ...filters, limit: perPage });
  return pages.flatMap(({ grants }) => grants);
}

export interface Section {
  title: string;
  lines: string[];
}

/** In the order of the rows, which the endpoint puts in the order that was asked for. */
export function previewSections({ rows, systems = [], signature, changedRows, asRecorded }: WholePreview, by: RowOrder = 'person'): Section[] {
  const people = rows.filter(({ change }) => change === 'gets' || change === 'has' || change === 'loses');
  const others = rows.filter(({ change }) => change === 'other');
  return [
    {
      title: 'As recorded',
      lines: asRecorded ? ['Temporal or its workers do not answer: this preview was recorded last, and may not be the one to sign.'] : [],
    },
    { title: 'Conflicts', lines: rows.filter(({ change }) => change === 'conflict').map(({ system, why = '' }) => `${system}: ${why}`) },
    { title: 'Incompatible entitlements', lines: rows.filter(({ change }) => change === 'together').map(({ person, why = '' }) => `${person} ${why}`) },
    { title: by === 'person' ? 'Person by person' : 'System by system', lines: by === 'person' ? byPerson(people) : bySystem(people) },
    { title: 'Held by others, not changed', lines: by === 'person' ? byPerson(others) : bySystem(others) },
    {
      title: 'What the roles allow',
      lines: systems.flatMap(({ system, roles, untold }) => [
        ...roles.filter(({ exists }) => exists).map((role) => allows(system, role)),
        ...(untold === undefined ? [] : [`${system}: ${untold}`]),
      ]),
    },
    ...(signature ? sinceSigned(signature, changedRows) : []),
  ].filter(({ lines }) => lines.length > 0);
}

const objectsShown = 40;

function allows(system: string, { role, privileges, more = 0, used }: NonNullable<PreviewView['systems']>[number]['roles'][number]): string {
  const objects = byObject(privileges);
  const left = more + objects.slice(objectsShown).reduce((sum, { count }) => sum + count, 0);
  const shown =
    objects.length === 0
      ? 'nothing that can be seen from here'
      : objects
          .slice(0, objectsShown)
          .map(({ text }) => text)
          .join('; ');
  return `${role} in ${system}${used === 'granted' ? '' : ` (${used})`}: ${shown}${left > 0 ? ` and ${left} more` : ''}`;
}

/** `SELECT on table stock`, `DELETE on table stock` → `DELETE, SELECT on table stock`: what one signs is read by what it is about. */
function byObject(privileges: readonly string[]): { text: string; count: number }[] {
  const groups = Map.groupBy(privileges, (each) => (each.includes(' on ') ? each.slice(each.indexOf(' on ')) : ''));
  return [...groups].flatMap(([on, same]) =>
    on === ''
      ? same.map((text) => ({ text, count: 1 }))
      : [
          {
            text: `${same
              .map((each) => each.slice(0, -on.length))
              .toSorted()
              .join(', ')}${on}`,
            count: same.length,
          },
        ],
  );
}

function sinceSigned({ by, atMs, decision, changed, content }: NonNullable<PreviewView['signature']>, rows: PreviewRow[]): Section[] {
  const when = `${by} ${decision === 'approve' ? 'signed' : 'rejected it'} on ${instantText(atMs)}`;
  if (changed === undefined)
    return [{ title: 'Changed since the last signature', lines: [`the preview is another one, and that of ${when} is not on record`] }];
  return [
    {
      title: `Changed since ${when}`,
      lines: [
        ...rows.map(
          (row) =>
            `${row.since === 'gone' ? 'no longer: ' : 'new: '}${whose(row)}${row.change === 'conflict' ? row.why : row.change === 'together' ? ` ${row.why}` : `: ${piece(row)}`}`,
        ),
        ...content.map((change) => `${change.system}: ${recordedText(change)}`),
      ],
    },
  ];
}

const verbs = { gets: 'gets', has: 'already has', loses: 'loses', other: 'has', conflict: '', together: '' } as const;

/** `gets clerk in erp`, `loses old_reader in erp (granted by dba; legacy access, retired)`. */
const piece = (row: PreviewRow): string => `${verbs[row.change]} ${object(row)}`;

function object({ role, system, grantors = [], why }: PreviewRow): string {
  const notes = [...(grantors.length > 0 ? [`granted by ${grantors.join(' and ')}`] : []), ...(why === undefined ? [] : [why])];
  return `${role} in ${system}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
}

const whose = ({ person, account }: { person: string; account: string }): string =>
  person === '' ? account : person === account ? person : `${person} (${account})`;

/** One line for each person and account: `cem (c.em): gets clerk in erp, reader in erp; loses old_reader in erp`. */
function byPerson(rows: PreviewRow[]): string[] {
  return [...Map.groupBy(rows, whose)].map(([person, own]) => {
    const parts = [...Map.groupBy(own, ({ change }) => change)].map(([change, same]) => `${verbs[change]} ${same.map(object).join(', ')}`);
    return `${person}: ${parts.join('; ')}`;
  });
}

/** One line for each role and what happens to it: `clerk in erp, granted to: ann, ben, cem (c.em)`. */
function bySystem(rows: PreviewRow[]): string[] {
  const groups = Map.groupBy(rows, ({ system, role, change }) => JSON.stringify([system, role, change]));
  return [...groups.values()].map((same) => {
    const { role, system, change } = same[0] as PreviewRow;
    return `${role} in ${system}, ${heading[change]}: ${same.map((row) => `${whose(row)}${row.grantors ? ` (granted by ${row.grantors.join(' and ')})` : ''}`).join(', ')}`;
  });
}

const heading = { gets: 'granted to', has: 'already held by', loses: 'revoked from', other: 'held by', conflict: '', together: '' } as const;

/** What became of many grants or retirements, beside their number. */
const counted: Record<GrantRow['outcome'], string> = {
  pending: 'started, outcome not known yet',
  created: 'granted and in place',
  preexisting: 'already granted',
  failed: 'failed',
  unknown: 'could not be confirmed',
  revoked: 'revoked',
  kept: 'kept',
  gone: 'already gone',
  withdrawn: 'no longer wanted',
  restored: 'restored',
  notRestored: 'not restored',
};
export const countedAs = (outcome: string): string => counted[outcome as GrantRow['outcome']] ?? outcome;

/** What became of each grant or retirement, as what a person or role did. */
const outcomes: Record<GrantRow['kind'], Partial<Record<GrantRow['outcome'], string>>> = {
  grant: {
    pending: 'is being granted',
    created: 'was granted',
    preexisting: 'already had',
    failed: 'was NOT granted',
    unknown: 'may or may not have been granted',
    revoked: 'was granted, and no longer has',
    kept: 'keeps',
    gone: 'no longer had',
    withdrawn: 'no longer gets',
  },
  retire: {
    pending: 'is losing',
    revoked: 'lost',
    failed: 'did NOT lose',
    unknown: 'may or may not have lost',
    kept: 'keeps',
    gone: 'no longer had',
    restored: 'got back',
    notRestored: 'did not get back',
  },
};
export const outcomeText = ({ kind, outcome }: Pick<GrantRow, 'kind' | 'outcome'>): string => outcomes[kind][outcome] ?? outcome;

/** One line for each person, or for each role: what the release did, with the reason where it failed. */
export function grantLines(rows: GrantRow[], by: RowOrder = 'person'): string[] {
  const because = ({ why }: GrantRow) => (why === undefined ? '' : ` (${why})`);
  if (by === 'system')
    return [...Map.groupBy(rows, ({ system, role }) => `${role} in ${system}`)].map(
      ([role, own]) => `${role}: ${own.map((row) => `${whose(row)} ${outcomeText(row)} it${because(row)}`).join('; ')}`,
    );
  return [...Map.groupBy(rows, whose)].map(
    ([person, own]) => `${person}: ${own.map((row) => `${outcomeText(row)} ${row.role} in ${row.system}${because(row)}`).join('; ')}`,
  );
}
