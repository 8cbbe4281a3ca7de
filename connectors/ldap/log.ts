/** Reads what OpenLDAP's overlay accesslog kept of groups, and of renamed and deleted entries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AndFilter, EqualityFilter, GreaterThanEqualsFilter, OrFilter } from 'ldapts';
import type { AccessChange } from '../connector.ts';
import type { Group } from './groups.ts';
import { lastChangesIn } from './last-changes.ts';
import { originsOf, type LogEntry, type Origin } from './origins.ts';
import { valuesOf, type LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

export interface Origins {
  /** `accountId`: whom the value means now. */
  of(group: Group, value: string, accountId: string | undefined): Origin | undefined;
  /** The csn of the newest change that was read; '' where there was none, and undefined where no log is read. */
  newest: string | undefined;
}

const equals = (attribute: string, value: string) => new EqualityFilter({ attribute, value });
/** A change is seen in the group a moment before it is in the log. What was changed longer ago and is not there has left the log, or never was in it. */
const recentMs = 60_000;
const attempts = 5;
const waitMs = 40;

/** Without a log, nothing is known of anybody. */
export async function readOrigins(session: LdapSession, { accesslog, groups: { marker } }: LdapSettings, groups: Group[]): Promise<Origins> {
  if (accesslog === undefined || groups.length === 0) return { of: () => undefined, newest: undefined };
  for (let attempt = 1; ; attempt++) {
    const log = await readLog(session, accesslog, groups);
    const found = new Map(groups.map((group) => [group.id, originsOf(log, { groupId: group.id, form: group.form, marker, csn: group.csn ?? '' })]));
    const late = groups.some(({ id, csn }) => found.get(id) === undefined && csn !== undefined && Date.now() - changedMs(csn) < recentMs);
    if (attempt === attempts || !late)
      return {
        of: (group, value, accountId) => found.get(group.id)?.(value, accountId),
        newest: log.reduce((newest, { csn }) => (csn > newest ? csn : newest), ''),
      };
    await sleep(waitMs * attempt);
  }
}

/** Of each of these members of one group, by the key that its form gives them: the last change that the log has. Whole or nothing: as `readOrigins`. */
export async function readLastChanges(
  session: LdapSession,
  { accesslog }: LdapSettings,
  group: Group,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, AccessChange>> {
  if (accesslog === undefined) return new Map();
  const changes = lastChangesIn(await readLog(session, accesslog, [group]), { groupId: group.id, form: group.form, csn: group.csn ?? '' }, keys);
  return new Map([...(changes ?? [])].map(([key, { did, by, csn }]) => [key, { did, by, atMs: changedMs(csn) }]));
}

/** Whether an entry, of whatever kind, has been renamed or deleted after this change: names may mean others by now. */
export async function renamedSince(session: LdapSession, { accesslog }: LdapSettings, csn: string): Promise<boolean> {
  if (accesslog === undefined) return true;
  const kinds = new OrFilter({ filters: [equals('reqType', 'modrdn'), equals('reqType', 'delete')] });
  const later = csn === '' ? [] : [new GreaterThanEqualsFilter({ attribute: 'entryCSN', value: csn })];
  const entries = await session.search({
    base: accesslog,
    scope: 'one',
    filter: new AndFilter({ filters: [equals('reqResult', '0'), kinds, ...later] }),
    attributes: ['entryCSN'],
    paged: true,
  });
  return entries.some((entry) => valuesOf(entry, 'entryCSN')[0] !== csn);
}

/**
 * What the log tells of a change of a group that was deleted since: whether the value that came with it was written. 'aborted' only where the log has all of the
 * group's life, its deletion included: then nothing can come of the change any more.
 */
export async function inDeletedGroup(
  session: LdapSession,
  { accesslog, groups: { marker } }: LdapSettings,
  groupId: string,
  { value, unlessWith }: { value: string; unlessWith: string },
): Promise<'committed' | 'aborted' | 'unknown'> {
  if (accesslog === undefined) return 'unknown';
  const entries = await session.search({
    base: accesslog,
    scope: 'one',
    filter: new AndFilter({ filters: [equals('reqResult', '0'), equals('reqEntryUUID', groupId)] }),
    attributes: ['reqType', 'reqMod'],
    paged: true,
  });
  const line = (text: string) => `${marker}:+ ${text}`.toLowerCase();
  const written = entries.map((entry) => new Set(valuesOf(entry, 'reqMod').map((mod) => mod.toLowerCase())));
  if (written.some((mods) => mods.has(line(unlessWith)))) return 'aborted';
  if (written.some((mods) => mods.has(line(value)))) return 'committed';
  const has = (type: string) => entries.some((entry) => valuesOf(entry, 'reqType')[0] === type);
  return has('add') && has('delete') ? 'aborted' : 'unknown';
}

/** When it was made, by the server's clock; NaN where it cannot be read. */
export function changedMs(csn: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(csn) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

async function readLog(session: LdapSession, base: string, groups: Group[]): Promise<LogEntry[]> {
  const changes = [equals('reqType', 'modrdn'), equals('reqType', 'delete'), ...groups.map(({ id }) => equals('reqEntryUUID', id))];
  const entries = await session.search({
    base,
    scope: 'one',
    filter: new AndFilter({ filters: [equals('reqResult', '0'), new OrFilter({ filters: changes })] }),
    attributes: ['entryCSN', 'reqType', 'reqDN', 'reqNewDN', 'reqEntryUUID', 'reqAuthzID', 'reqMod'],
    paged: true,
  });
  return entries.map((entry) => {
    const one = (attribute: string) => valuesOf(entry, attribute)[0];
    return {
      csn: one('entryCSN') ?? '',
      type: one('reqType') ?? '',
      dn: one('reqDN') ?? '',
      newDn: one('reqNewDN'),
      entryId: one('reqEntryUUID')?.toLowerCase(),
      by: one('reqAuthzID') ?? '',
      mods: valuesOf(entry, 'reqMod'),
    };
  });
}
