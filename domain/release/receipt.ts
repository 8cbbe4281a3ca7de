/** The receipt of a rollback, per system and in total. */
import { z } from 'zod';
import { keptText } from '../kept-text.ts';
import { sortedBy, type Sliced } from '../slices.ts';
import { RoleParts } from './by-role.ts';
import { byIdentity, byPair, grantedBy, grantKey, identified, isOneOf, pairKey, type Actual, type Held, type LedgerEntry } from './ledger.ts';
import type { PreviewContent } from './signed-preview.ts';

const accountLine = z.strictObject({ role: z.string(), account: z.string(), why: z.string() });

export const receipt = z.strictObject({
  system: z.string(),
  granted: z.int(),
  revoked: z.int(),
  kept: z.array(accountLine).describe("still there on purpose: 'granted by dba_kim', 'kept for procurement-request-coordinator', 'had it before'"),
  restored: z.int().describe('legacy access that was restored; what was restored in part is also in notRestored'),
  restoredNotes: z.array(accountLine).describe('legacy access that came back in another form than before: in whose name'),
  notRestored: z.array(accountLine).describe('legacy access that stays revoked, and why'),
  failed: z
    .array(accountLine.extend({ person: z.string().exactOptional() }))
    .describe('what could not be undone, and why; `person`: whose access that this release granted is still there'),
  claimed: z
    .array(z.strictObject({ role: z.string(), account: z.string().exactOptional(), person: z.string(), claim: z.string().exactOptional() }))
    .exactOptional()
    .describe(
      'of what is kept, what a claim of a person keeps: it is revoked once the claim has ended; left out when none. Without `account` and `claim` where there is too much of it',
    ),
  lastHolders: z
    .array(z.string())
    .exactOptional()
    .describe('of the roles of `claimed`, those that the site never leaves without a holder, and that nobody else has: no claim on the last one can end'),
  gone: z.int().exactOptional().describe('granted, and revoked by someone else before the rollback; left out when none'),
  check: z.string().describe('statement with which people can verify it in the system; empty where it is too long to be carried'),
  counts: z
    .strictObject({ kept: z.int(), restoredNotes: z.int(), notRestored: z.int(), failed: z.int() })
    .exactOptional()
    .describe('how many lines each list has in all, where only the first are here: the list of grants has each grant with its reason'),
});
export type Receipt = z.output<typeof receipt>;

/** How many lines each list has in all. */
export const countsOf = ({ counts, kept, restoredNotes, notRestored, failed }: Receipt): NonNullable<Receipt['counts']> =>
  counts ?? { kept: kept.length, restoredNotes: restoredNotes.length, notRestored: notRestored.length, failed: failed.length };

export const grantTotals = z.strictObject({ created: z.int(), preexisting: z.int(), failed: z.int(), unknown: z.int(), legacyRetired: z.int() });
export type GrantTotals = z.output<typeof grantTotals>;

const legacyGrants = (number: number): string => (number === 1 ? '1 legacy grant' : `${number} legacy grants`);

const reasonsShown = 5;

/** '12 granted, 12 revoked, 1 kept: granted by dba_kim' over all systems; '2 kept (granted by dba_kim; had it before)'. */
export function receiptLine(receipts: Receipt[]): string {
  const sum = (pick: (receipt: Receipt) => number) => receipts.reduce((total, receipt) => total + pick(receipt), 0);
  const number = (list: keyof NonNullable<Receipt['counts']>) => sum((receipt) => countsOf(receipt)[list]);
  const reasons = (list: 'kept' | 'restoredNotes' | 'notRestored') => {
    const lines = receipts.flatMap((receipt) => receipt[list]);
    const all = [...new Set(lines.map(({ why }) => keptText(why)))];
    const more = all.length > reasonsShown || (all.length > 1 && lines.length < number(list) && all.length === lines.length);
    return `${all.slice(0, reasonsShown).join('; ')}${more ? '; and other reasons' : ''}`;
  };
  const restored = sum((receipt) => receipt.restored);
  const gone = sum((receipt) => receipt.gone ?? 0);
  const [kept, differently, notRestored, failed] = [number('kept'), number('restoredNotes'), number('notRestored'), number('failed')];
  return [
    `${sum((receipt) => receipt.granted)} granted`,
    `${sum((receipt) => receipt.revoked)} revoked`,
    kept > 0 ? withReasons(`${kept} kept`, reasons('kept')) : '',
    gone > 0 ? `${gone} already gone` : '',
    restored > 0 ? `${legacyGrants(restored)} restored${differently > 0 ? ` (${differently} differently: ${reasons('restoredNotes')})` : ''}` : '',
    notRestored > 0 ? withReasons(`${legacyGrants(notRestored)} not restored`, reasons('notRestored')) : '',
    failed > 0 ? `${failed} FAILED` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** Several reasons, or one with words of people in it, end where the bracket does. */
const withReasons = (what: string, why: string): string => (why === '' ? what : /[:;,]/.test(why) ? `${what} (${why})` : `${what}: ${why}`);

/**
 * The receipt of one system, from the ledger as the rollback left it and from what is held afterwards. `claimed`: pairs that other packages need. What this
 * release made and still owns, or revoked and did not restore, has failed.
 */
export function receiptFrom(
  content: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  about: { claimed: { role: string; account: string }[]; lastHolders?: string[]; check: string },
): Receipt {
  const granting = ledger.filter(({ kind }) => kind === 'grant');
  const retirements = ledger.filter(({ kind }) => kind === 'retire');
  const having = (entries: LedgerEntry[], outcome: LedgerEntry['outcome']) => entries.filter((entry) => entry.outcome === outcome);
  const held = byIdentity(now.grants);
  const { lastHolders = [] } = about;
  const claimed = granting.filter(isKeptForClaim);
  const [owed, done] = parted(granting, (entry) => !isKeptForClaim(entry) && (entry.made.length > 0 || entry.pending.length > 0));
  const [taken, back] = parted(retirements, (entry) => entry.pending.length > 0 || (entry.taken.length > 0 && entry.outcome !== 'notRestored'));
  const gone = done.filter(({ granted, outcome }) => granted && outcome !== 'revoked' && outcome !== 'kept').length;
  return {
    system: content.system,
    granted: granting.filter(({ granted }) => granted).length,
    revoked: having(done, 'revoked').length,
    kept: [
      ...having(done, 'kept').map((entry) => line(entry)),
      ...granting.filter((entry) => isFound(entry) && held(identified(entry, entry.found)).length > 0).map((entry) => line(entry, 'had it before')),
      ...grantedByOthers(content, granting, now, about.claimed),
    ].sort(byLine),
    restored: having(back, 'restored').length + having(back, 'notRestored').filter(isRestoredInPart).length,
    restoredNotes: having(back, 'restored')
      .filter(({ why }) => why !== undefined)
      .map((entry) => line(entry))
      .sort(byLine),
    notRestored: having(back, 'notRestored')
      .map((entry) => line(entry, isRestoredInPart(entry) ? `in part: ${entry.why}` : entry.why))
      .sort(byLine),
    failed: [...owed.map((entry) => ({ ...line(entry), person: entry.person })), ...taken.map((entry) => line(entry))].sort(byLine),
    ...(claimed.length > 0
      ? {
          claimed: claimed
            .map(({ role, account, person, claimed: claim = '' }) => ({ role, account, person, claim }))
            .sort((a, b) => (pairKey(a) < pairKey(b) ? -1 : 1)),
        }
      : {}),
    ...(lastHolders.length > 0 ? { lastHolders: lastHolders.toSorted() } : {}),
    ...(gone > 0 ? { gone } : {}),
    check: about.check,
  };
}

/** The same, role by role, and the lists in order in slices. */
export function* makingReceipt(
  content: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  about: { claimed: { role: string; account: string }[]; lastHolders?: string[]; check: string },
): Sliced<Receipt> {
  const parts = yield* RoleParts.of(ledger, now, content);
  const [before, others, claimed] = [yield* parts.split(content.before), yield* parts.split(content.others), yield* parts.split(about.claimed)];
  const { lastHolders = [], check } = about;
  const whole = receiptFrom(content, [], { ...now, grants: [] }, { claimed: [], lastHolders, check });
  for (const part of parts.all()) {
    const own = { ...content, before: before(part), others: others(part) };
    const receipt = receiptFrom(own, part.ledger, part.now, { claimed: claimed(part), check });
    for (const count of ['granted', 'revoked', 'restored'] as const) whole[count] += receipt[count];
    for (const list of ['kept', 'restoredNotes', 'notRestored'] as const) for (const each of receipt[list]) whole[list].push(each);
    for (const each of receipt.failed) whole.failed.push(each);
    if (receipt.gone !== undefined) whole.gone = (whole.gone ?? 0) + receipt.gone;
    if (receipt.claimed) for (const each of receipt.claimed) (whole.claimed ??= []).push(each);
    yield;
  }
  for (const list of ['kept', 'restoredNotes', 'notRestored'] as const) whole[list] = yield* sortedBy(whole[list], lineKey);
  whole.failed = yield* sortedBy(whole.failed, lineKey);
  if (whole.claimed) whole.claimed = yield* sortedBy(whole.claimed, ({ role, account = '' }) => pairKey({ role, account }));
  return whole;
}

/** Held by this release, for the claim of a person. */
export const isKeptForClaim = ({ kind, claimed, made, pending }: LedgerEntry): boolean =>
  kind === 'grant' && claimed !== undefined && made.length > 0 && pending.length === 0;

/** Those for which it is so, and the others. */
const parted = (entries: LedgerEntry[], is: (entry: LedgerEntry) => boolean) => [entries.filter(is), entries.filter((entry) => !is(entry))] as const;

/** The last thing that was done is a restore, and some of the grants of the pair stay revoked. */
const isRestoredInPart = ({ outcome, steps }: LedgerEntry) => outcome === 'notRestored' && steps.at(-1)?.did === 'restored';

/** Held before this release, which granted nothing of it. */
const isFound = ({ found, granted, outcome }: LedgerEntry) => found.length > 0 && !granted && outcome !== 'kept';

/** Grants of the entitlements that were not there before and are not this release's: they stay. */
function grantedByOthers(content: PreviewContent, granting: LedgerEntry[], now: Actual, claimed: { role: string; account: string }[]): Receipt['kept'] {
  const entries = byPair(granting);
  const signed = signedPair(content);
  const isKnown = isOneOf([...content.others, ...claimed]);
  const granted = new Set(content.entitlements.map(({ role }) => role));
  const before = new Set(content.before.map(grantKey));
  return now.grants.flatMap((grant) => {
    if (!granted.has(grant.role) || isKnown(grant)) return [];
    const pair = signed(grant);
    const [entry] = pair ? entries(pair) : [];
    const wasThere = before.has(grantKey(grant));
    if (!entry) return wasThere ? [] : [line(grant, grantedBy([grant]))];
    // What was found before, what belongs to another release now, and what could not be revoked have their own lines.
    const hasItsLine = entry.outcome === 'kept' || isFound(entry) || isAmong(grant, entry.made);
    return hasItsLine ? [] : [line(grant, wasThere ? 'had it before' : grantedBy([grant]))];
  });
}

/** A grant's role and account as they were called when they were signed, and so in the ledger; undefined: another role or account has the name now. */
function signedPair({ roles, people }: PreviewContent): (grant: Held) => { role: string; account: string } | undefined {
  const roleThen = signedName(roles.map(({ role, id }) => ({ name: role, id })));
  const accountThen = signedName(people.map(({ account, accountId }) => ({ name: account, id: accountId })));
  return (grant) => {
    const [role, account] = [roleThen(grant.role, grant.roleId), accountThen(grant.account, grant.accountId)];
    return role === undefined || account === undefined ? undefined : { role, account };
  };
}

function signedName(signed: { name: string; id: string | undefined }[]): (name: string, id: string | undefined) => string | undefined {
  const [names, ids] = [new Map(signed.map(({ name, id }) => [id, name])), new Map(signed.map(({ name, id }) => [name, id]))];
  return (name, id) => (id === undefined ? name : (names.get(id) ?? (ids.get(name) === undefined ? name : undefined)));
}

const isAmong = (grant: Held, grants: Held[]) => grants.some((one) => grantKey(one) === grantKey(grant));
const line = ({ role, account, why }: { role: string; account: string; why?: string }, reason = why ?? 'unknown') => ({ role, account, why: reason });
const lineKey = (each: { role: string; account: string; why: string }): string => `${pairKey(each)}\0${each.why}`;
/** The order of their lines. */
export const byLine = (a: Parameters<typeof lineKey>[0], b: Parameters<typeof lineKey>[0]) => (lineKey(a) < lineKey(b) ? -1 : 1);
