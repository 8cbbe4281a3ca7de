/** Drift: the difference between what a system holds and what was reviewed and done. Counts decide; lines tell people where to look. */
import type { DriftCounts } from '../watch/measurement.ts';
import {
  byPair,
  droppedRoles,
  grantedBy,
  grantKey,
  isOneOf,
  knownPairs,
  pairKey,
  without,
  type Actual,
  type LedgerEntry,
  type PairOfIds,
} from '../release/ledger.ts';
import { isUntouched } from '../release/retiring.ts';
import { instantText } from '../time/instant.ts';
import { unusualForm } from './options.ts';
import { contentChanges, contentText, type ContentChange } from './role-content.ts';
import { atOnce, eachOf, type Sliced } from '../slices.ts';
import type { PreviewContent } from '../release/signed-preview.ts';

export interface Drift {
  counts: DriftCounts;
  lines: string[];
  /** Whose access each of these lines is about; those about a role itself are left out. */
  about: ReadonlyMap<string, PairOfIds>;
}

/** Outcomes after which the account should hold the role. A refused or unconfirmed grant is still wanted. */
const wanted = new Set<LedgerEntry['outcome']>(['pending', 'created', 'preexisting', 'failed', 'unknown', 'gone']);

/** Outcomes of a retirement: kept for another package, or restored to the only people for whom the release was rolled back. */
const mayBeThere = new Set<LedgerEntry['outcome']>(['kept', 'restored', 'notRestored']);

/**
 * `claimed`: pairs that other packages claim; their reviewed access is not drift of this one. `changes`: how the contents of the granted roles differ.
 * `observed`: nothing is granted, so access is compared with the form in which it was found.
 * `keepLegacy`: people whose legacy access is known to stay as long as nothing was done about it.
 * What a tune revoked is no longer wanted; what it kept for another package (`kept`) is known.
 */
export const drift = (...of: Parameters<typeof findingDrift>): Drift => atOnce(findingDrift(...of));

/** The same, in slices: of one role, or of some thousand grants. */
export function* findingDrift(
  reviewed: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  claimed: { role: string; account: string }[] = [],
  changes: ContentChange[] = contentChanges(reviewed, now.roles),
  observed = false,
  keepLegacy: ReadonlySet<string> = new Set(),
): Sliced<Drift> {
  const granted = byPair(ledger.filter(({ kind }) => kind === 'grant'));
  const retired = byPair(ledger.filter(({ kind }) => kind === 'retire'));
  const held = byPair(now.grants);
  const before = byPair(reviewed.before);
  const isKnown = isOneOf([...reviewed.others, ...claimed]);
  yield;
  const unknown = new Set(now.unknownAccounts);
  const roles = reviewed.entitlements.map(({ role }) => role);
  const noLonger = droppedRoles(ledger);
  const { add: freeze, has: isFrozen } = knownPairs();
  for (const role of roles)
    yield* eachOf(reviewed.people, ({ account, accountId }) => freeze({ role, account, ...(accountId === undefined ? {} : { accountId }) }));
  const dropped = new Map((reviewed.drop ?? []).map((grant) => [pairKey(grant), grant]));
  const ids = new Map(now.accounts.map(({ account, id }) => [account, id]));
  const people = reviewed.people.filter(({ account }) => !unknown.has(account));

  const roleIds = new Map(now.roles.map(({ role, id }) => [role, id]));
  const about = new Map<string, PairOfIds>();
  const of = (role: string, account: string, line: string): string => {
    about.set(line, { role, account, roleId: roleIds.get(role), accountId: ids.get(account) });
    return line;
  };
  const missing: string[] = [];
  const options: string[] = [];
  const outOfBand: string[] = [];
  for (const role of roles) {
    for (const { account, accountId } of people) {
      const entry = granted({ role, account })[0];
      const grants = held({ role, account });
      const isWanted = !noLonger.has(role) && (entry === undefined || (!entry.withdrawn && wanted.has(entry.outcome)));
      const isAnother = accountId !== undefined && ids.get(account) !== undefined && ids.get(account) !== accountId;
      if (isAnother && grants.length > 0) {
        outOfBand.push(
          of(role, account, `unreviewed: '${account}' was dropped and created again since it was reviewed, and has '${role}', ${grantedBy(grants)}`),
        );
        continue;
      }
      if (isWanted && grants.length === 0)
        missing.push(
          of(
            role,
            account,
            `missing: '${account}' does not have '${role}'${isAnother ? ', and was dropped and created again since it was reviewed: sign for it anew' : ''}`,
          ),
        );
      const form = isWanted ? unusualForm(grants, now.grantOptions) : undefined;
      if (form !== undefined && !(observed && form === unusualForm(before({ role, account }), now.grantOptions)))
        options.push(of(role, account, `options: '${account}' has '${role}' ${form}, ${grantedBy(grants)}`));
      if (isWanted || entry?.outcome === 'kept' || grants.every(isKnown)) continue;
      // What the account had before this release was never this release's to revoke.
      const again = without(grants, entry?.found ?? []);
      if (again.length > 0) outOfBand.push(of(role, account, `unreviewed: '${account}' has '${role}'${entry ? ' again' : ''}, ${grantedBy(again)}`));
    }
    yield;
  }
  const frozenNames = new Set(reviewed.people.map(({ account }) => account));
  const asked = new Set(roles);
  yield* eachOf(now.grants, (grant) => {
    const { role, account } = grant;
    if (!asked.has(role) || frozenNames.has(account)) return;
    const same = held(grant);
    const last = same.at(-1) ?? grant;
    // Each pair once.
    if (same[0] === grant && !isFrozen(last) && !isKnown(last) && !dropped.has(pairKey(grant)))
      outOfBand.push(of(role, account, `unreviewed: '${account}' has '${role}', ${grantedBy(same)}`));
  });
  const old = reviewed.legacy.flatMap(({ role }) =>
    people
      .filter(({ person, account }) => !keepLegacy.has(person) || retired({ role, account }).some((entry) => !isUntouched(entry)))
      .map(({ account }) => ({ role, account })),
  );
  // The grants that others made of the same role are known and were not signed to be revoked; only the dropped grant must not return.
  const back = [...dropped.values()].filter((grant) => held(grant).some((one) => grantKey(one) === grantKey(grant)) || !isKnown(grant));
  const legacy = [...old, ...back].flatMap(({ role, account }) => {
    const grants = held({ role, account });
    const entry = retired({ role, account })[0];
    if (grants.length === 0 || (entry && mayBeThere.has(entry.outcome))) return [];
    if (!entry && dropped.has(pairKey({ role, account })))
      return [of(role, account, `legacy access: '${account}' still has '${role}', which should have been revoked`)];
    if (!entry) return [of(role, account, `legacy access: '${account}' has '${role}', ${grantedBy(grants)}, which was not signed to be retired`)];
    return [
      of(
        role,
        account,
        entry.outcome === 'failed'
          ? `legacy access: '${account}' still has '${role}': it could not be retired`
          : `legacy access: '${account}' has '${role}' again, ${grantedBy(grants)}`,
      ),
    ];
  });
  const content = changes.map((change) => `role content: ${contentText(change)}`);
  return {
    counts: { missing: missing.length, outOfBand: outOfBand.length, legacy: legacy.length, content: content.length, options: options.length },
    lines: [...content, ...outOfBand, ...options, ...legacy, ...missing],
    about,
  };
}

/** With the person behind each account that is called otherwise: a reader knows people, and systems know accounts. */
export function withPeople({ counts, lines, about }: Drift, personOf: (account: string) => string | undefined): Drift {
  const named = lines.map((line) => {
    const { account } = about.get(line) ?? {};
    const person = account === undefined ? undefined : personOf(account);
    return { line, text: person === undefined || person === account ? line : line.replace(`'${account}'`, () => `'${account}' (${person})`) };
  });
  const pairs = named.flatMap(({ line, text }): [string, PairOfIds][] => {
    const pair = about.get(line);
    return pair ? [[text, pair]] : [];
  });
  return { counts, lines: named.map(({ text }) => text), about: new Map(pairs) };
}

/** With who made the last change of it, and when, where the system tells. `changeOf`: by line; its time is plan time. A change that does not explain the line is left out. */
export const withChanges = (
  lines: readonly string[],
  changeOf: (line: string) => { did: 'granted' | 'revoked'; by?: string; atMs: number } | undefined,
): string[] =>
  lines.map((line) => {
    const change = changeOf(line);
    if (!change || (change.did === 'revoked') !== line.startsWith('missing: ')) return line;
    const by = change.by === undefined ? '' : ` by ${change.by}`;
    return change.did === 'revoked' ? `${line}: revoked${by} on ${instantText(change.atMs)}` : `${line} (last granted${by} on ${instantText(change.atMs)})`;
  });

/** The same difference in every evaluation, whether or not the system told at that time who made it. */
export const withoutChange = (line: string): string => line.replace(/(?:: revoked| \(last granted)(?: by .*)? on \d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?\)?$/, '');

export const driftTotal = ({ missing, outOfBand, legacy, content, options, leavers = 0 }: DriftCounts): number =>
  missing + outOfBand + legacy + content + options + leavers;
