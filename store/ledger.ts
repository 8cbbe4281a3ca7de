/** The ledger: facts, appended thousands at a time and never changed, and the entries that domain/release/facts.ts derives from them. */
import { isOfAnotherPackage, isOfAnotherRelease, type Claim } from '../domain/release/claims.ts';
import { CarriedEntries } from '../domain/release/carried.ts';
import { entriesFrom, foldInto, LedgerMoved, type LedgerFact, type RecordedFact } from '../domain/release/facts.ts';
import { byIdentity, byPair, identified, keyOf, type LedgerEntry, type PairOfIds } from '../domain/release/ledger.ts';
import { grantsToHandOn } from '../domain/release/rollback.ts';
import type { EffectOf, Store } from './contract.ts';
import { claimsOn, dropClaims, lockClaims } from './claims.ts';
import { Packer, unpack } from './packing.ts';
import { isSamePart, noteRoles, numberOf, numbersOf, partsOf, partsWithNumbers, type NumberedPart } from './parts.ts';
import { lockRelease, refuseIfRolledBack } from './receipts.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

/** Facts about one role, all in one row, in order: the driver takes far longer for a row of each. Of the lists, the same place is the same fact. */
interface Row {
  part: number;
  kind: LedgerFact['kind'];
  role: string;
  accounts: string[];
  numbers: number[];
  appends: number[];
  persons: string[];
  facts: unknown[];
}

interface Append {
  id: number;
  place: string;
  by_step: string;
  transaction: string | null;
  forms: Parameters<typeof unpack>[1];
  committed: boolean | null;
  at: number;
}

/** `from`: which facts, as `l`. */
const rowsOf = (from: string): string => `
  select l.part, l.kind, l.role, ${listOf('account')} as accounts, ${listOf('number')} as numbers, ${listOf('append')} as appends, ${listOf('person')} as persons,
    ${listOf('fact')} as facts
  ${from} group by l.part, l.kind, l.role order by l.part, l.kind, l.role`;
/** In one order, which is that of the primary key: nothing is sorted. */
const listOf = (column: string): string => `json_agg(l.${column} order by l.account, l.number)`;
const perStatement = 5_000;
const perPage = 5_000;

export function ledger(
  session: Session,
): Pick<Store, 'ledger' | 'eachOfLedger' | 'systemsInLedger' | 'ledgerMark' | 'ledgerOn' | 'effectsIn' | 'append' | 'settle' | 'leave'> {
  return {
    ledger: async (of) => {
      const parts = await partsOf(session, of, of.system);
      const all: LedgerEntry[][] = [];
      for (const part of parts) all.push(await entriesOfPart(session, part));
      return all.flat();
    },
    eachOfLedger: async (of, visit) => {
      for (const part of await partsOf(session, of, of.system)) await visitByAccount(session, part, visit);
    },
    systemsInLedger: async ({ plan, wave, package: id }) =>
      (
        await session.rows<{ system: string }>(
          `select p.system from rolewave.parts p where p.plan = $1 and p.wave = $2 and p.package = $3 and exists (select from rolewave.ledger l where l.part = p.id)
           order by p.system collate "C"`,
          [plan, wave, id],
        )
      ).map(({ system }) => system),
    ledgerMark: async ({ plan, wave, package: id }) =>
      (
        await session.rows<{ mark: string }>(
          // Facts are written with the row that they share, so nothing of the ledger itself has to be read.
          `with own as materialized (
             select place, transaction from rolewave.appends
             where parts && array(select id from rolewave.parts where plan = $1 and wave = $2 and package = $3))
           select (select count(*) from own) || ' ' || (
             select count(*) from own join rolewave.transactions t on t.place = own.place and t.transaction = own.transaction) as mark`,
          [plan, wave, id],
        )
      )[0]?.mark ?? '',
    ledgerOn: (of) => entriesOn(session, of),
    effectsIn: async (place, transaction) => {
      const rows = await session.rows<Row>(
        rowsOf('from rolewave.appends a join rolewave.ledger l on l.append = a.id and l.part = any(a.parts) where a.place = $1 and a.transaction = $2'),
        [place, transaction],
      );
      return [...(await recorded(session, rows))].map(({ fact }) => fact);
    },
    append: (facts, effect) =>
      session.transaction(async (transaction) => {
        if (effect) {
          await lockRelease(transaction, effect.release, effect.system);
          await refuseIfRolledBack(transaction, effect.release, effect.system, effect.endsClaims);
          await refuseIfClaimed(transaction, facts, effect);
        }
        await insert(transaction, facts);
      }),
    settle: async (place, transaction, committed) => {
      await session.rows(
        `insert into rolewave.transactions (place, transaction, committed, at) values ($1, $2, $3, ${databaseNow}) on conflict (place, transaction) do nothing`,
        [place, transaction, committed],
      );
    },
    leave: (release, { place, system }, { grants, known }, decide) =>
      session.transaction(async (transaction) => {
        await lockClaims(transaction, place);
        const [part] = await partsOf(transaction, release, system);
        if (!part) return [];
        const all = known && factsIn(known) === (await numberOfFacts(transaction, part)) ? known : await entriesOfPart(transaction, part);
        const isLeft = grants === 'all' ? undefined : byPair(grants);
        const own = all.filter((entry) => entry.place === place && (!isLeft || isLeft(entry).length > 0));
        // Anyone who was signed for under another name of the same account or role claims it too. Only what was made can be handed on.
        const claims = await claimsOn(transaction, { place, grants: grantsToHandOn(own) }, release);
        const others = claims.length === 0 ? [] : await entriesUnder(transaction, place, claims);
        const facts = decide({ own, others, claims });
        await insert(transaction, facts);
        await dropClaims(transaction, part.id, grants);
        const carried = new CarriedEntries(part, all);
        carried.add(facts);
        return carried.all();
      }),
  };
}

const factsIn = (entries: LedgerEntry[]) => entries.reduce((sum, { facts }) => sum + facts, 0);

const numberOfFacts = async (session: Session, part: NumberedPart): Promise<number | undefined> =>
  (await session.rows<{ facts: number }>('select count(*)::int as facts from rolewave.ledger where part = $1', [part.id]))[0]?.facts;

/** In pages, so that of thousands of facts only some are in memory beside the entries that are made of them. */
async function entriesOfPart(session: Session, part: NumberedPart): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  const appends = new Map<number, Append>();
  let [read, after]: [number, Position] = [0, ['', '', '', 0]];
  for (let isLast = false; !isLast;) {
    const rows = await session.rows<Row>(pageOfPart, [part.id, ...after, perPage]);
    foldInto(entries, await factsOf(session, rows, [part], appends));
    const many = rows.reduce((sum, { accounts }) => sum + accounts.length, 0);
    [read, after, isLast] = [read + many, lastOf(rows) ?? after, many < perPage];
  }
  // Nothing is ever removed: if there are as many now, these are all of them, as if they had been read at once.
  if (read < perPage || read === (await numberOfFacts(session, part))) return entries;
  const rows = await session.rows<Row>(rowsOf('from rolewave.ledger l where l.part = $1'), [part.id]);
  return entriesFrom(await factsOf(session, rows, [part]));
}

/** Entries, and of one account alone if it has more. */
const perVisit = 2_000;

async function visitByAccount(session: Session, part: NumberedPart, visit: (entries: LedgerEntry[]) => void | Promise<void>): Promise<void> {
  const roles = await session.rows<{ kind: string; role: string; accounts: number }>(
    'select kind, role, count(distinct account)::int as accounts from rolewave.ledger where part = $1 group by kind, role',
    [part.id],
  );
  if (roles.length === 0) return;
  const most = Math.max(...roles.map(({ accounts }) => accounts));
  const entries = roles.reduce((sum, { accounts }) => sum + accounts, 0);
  const together = Math.max(1, Math.floor((perVisit * most) / entries));
  const ends = await session.rows<{ account: string }>(
    `select account from (
       select account, row_number() over (order by account) as at from (select distinct account from rolewave.ledger where part = $1) each_once
     ) numbered where at % $2 = 0 order by account`,
    [part.id, together],
  );
  const appends = new Map<number, Append>();
  let after = '';
  for (const until of [...ends.map(({ account }) => account), null]) {
    const rows = await session.rows<Row>(factsOfAccounts, [part.id, roles.map(({ kind }) => kind), roles.map(({ role }) => role), after, until]);
    if (rows.length > 0) await visit(entriesFrom(await factsOf(session, rows, [part], appends)));
    after = until ?? after;
  }
}

/** Role by role: the primary key has the role before the account. */
const factsOfAccounts = rowsOf(
  `from unnest($2::text[], $3::text[]) as r(kind, role)
     join rolewave.ledger l on l.part = $1 and l.kind = r.kind and l.role = r.role and l.account > $4 and ($5::text is null or l.account <= $5)`,
);

/** Of a fact within its part. */
type Position = [kind: string, role: string, account: string, number: number];

const pageOfPart = rowsOf(
  `from (select * from rolewave.ledger where part = $1 and (kind, role, account, number) > ($2, $3, $4, $5::int)
     order by part, kind, role, account, number limit $6) l`,
);

function lastOf(rows: Row[]): Position | undefined {
  const row = rows.at(-1);
  return row && [row.kind, row.role, row.accounts.at(-1) ?? '', row.numbers.at(-1) ?? 0];
}

/**
 * By the names of roles and accounts, or by their ids where both sides know them: a role may have been renamed since. Facts have no column for the ids of their
 * grants (packing.ts). They are compared where they are stored, so that of the facts of others none is sent, unpacked
 * or kept in memory.
 */
async function entriesOn(session: Session, { place, grants }: { place: string; grants: readonly (PairOfIds & { id?: string })[] }): Promise<LedgerEntry[]> {
  if (grants.length === 0) return [];
  const known = (all: (string | undefined)[]) => [...new Set(all.filter((one) => one !== undefined))];
  const rows = await session.rows<Row>(
    rowsOf(
      `from (
         select distinct l.part, l.kind, l.role, l.account
         from (select distinct part, role from rolewave.part_roles where place = $1 and (role = any($2::text[]) or role_id = any($5::text[]))) r
         join rolewave.ledger l on l.part = r.part and l.role = r.role and l.kind in ('grant', 'retire')
         where l.account = any($3::text[]) or exists (
           select from (values (l.fact->'grants'), (l.fact->'as')) as of(lists), json_array_elements(of.lists) as held
           where held->>1 = any($4::text[]) or held->>2 = any($4::text[]))
       ) e
       join rolewave.ledger l on l.part = e.part and l.kind = e.kind and l.role = e.role and l.account = e.account
       join rolewave.appends a on a.id = l.append and a.place = $1`,
    ),
    [
      place,
      known(grants.map(({ role }) => role)),
      known(grants.map(({ account }) => account)),
      known(grants.flatMap(({ id, accountId }) => [id, accountId])),
      known(grants.map(({ roleId }) => roleId)),
    ],
  );
  return entriesFrom(await recorded(session, rows));
}

/** What the claimants' own ledgers have under the names that they claim. */
async function entriesUnder(session: Session, place: string, claims: Claim[]): Promise<LedgerEntry[]> {
  const numbers = await numbersOf(session, claims);
  const rows = await session.rows<Row>(
    rowsOf(
      `from (select distinct * from unnest($2::int[], $3::text[], $4::text[]) as t(part, role, account)) c
       join rolewave.ledger l on l.part = c.part and l.kind in ('grant', 'retire') and l.role = c.role and l.account = c.account
       join rolewave.appends a on a.id = l.append and a.place = $1`,
    ),
    [place, claims.map((claim) => numberOf(numbers, claim)), claims.map(({ role }) => role), claims.map(({ account }) => account)],
  );
  return entriesFrom(await recorded(session, rows));
}

/** Of two writers who both have the next fact of an entry, the second is refused, and nothing of what it had is written. */
async function insert(session: Session, facts: LedgerFact[]): Promise<void> {
  if (facts.length === 0) return;
  const numbers = await numbersOf(session, facts);
  for (let start = 0; start < facts.length; start += perStatement) {
    const some = facts.slice(start, start + perStatement);
    const [first] = some;
    const groups = first && some.every((fact) => isShared(first, fact)) ? [some] : Map.groupBy(some, sharedBy).values();
    for (const together of groups) await insertTogether(session, together, numbers);
  }
}

const transactionOf = ({ fact }: LedgerFact) => ('transaction' in fact ? fact.transaction : undefined);
const isShared = (a: LedgerFact, b: LedgerFact) => a.place === b.place && a.by === b.by && transactionOf(a) === transactionOf(b);
const sharedBy = (fact: LedgerFact) => `${fact.place}\0${fact.by}\0${transactionOf(fact) ?? ''}`;

async function insertTogether(session: Session, facts: LedgerFact[], numbers: Map<string, number>): Promise<void> {
  const [first] = facts;
  if (!first) return;
  let [before, number] = [first, numberOf(numbers, first)];
  const parts = facts.map((fact) => {
    if (!isSamePart(before, fact)) [before, number] = [fact, numberOf(numbers, fact)];
    return number;
  });
  await noteRoles(
    session,
    first.place,
    facts.flatMap((about, at) => rolesOf(about).map((noted) => ({ part: parts[at] ?? 0, ...noted }))),
  );
  const packer = new Packer();
  const packed = facts.map((about) => packer.pack(about.fact, about));
  try {
    await session.rows(
      `with shared as (
         insert into rolewave.appends (place, by_step, transaction, forms, parts, at)
         values ($1, $2, $3, $4::json, array(select distinct part from unnest($5::int[]) part), ${databaseNow}) returning id)
       insert into rolewave.ledger (part, kind, role, account, number, person, fact, append)
       select t.*, shared.id from shared,
         rows from (unnest($5::int[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[]), json_array_elements($11::json)) t`,
      [
        first.place,
        first.by,
        transactionOf(first) ?? null,
        JSON.stringify(packer.forms),
        parts,
        facts.map(({ kind }) => kind),
        facts.map(({ role }) => role),
        facts.map(({ account }) => account),
        facts.map(({ number }) => number),
        facts.map(({ person }) => person),
        `[${packed.join(',')}]`,
      ],
    );
  } catch (error) {
    if (isDuplicate(error)) throw new LedgerMoved('another run recorded something about the same grants first', { cause: error });
    throw error;
  }
}

/** By the ids of its grants too, so that it is found when the role is renamed; mostly one. */
function rolesOf({ role, fact }: LedgerFact): { role: string; roleId?: string }[] {
  const grants = 'as' in fact ? [...fact.grants, ...fact.as] : 'grants' in fact ? fact.grants : [];
  const ids = new Set(grants.map(({ roleId }) => roleId).filter((id) => id !== undefined));
  return ids.size === 0 ? [{ role }] : [...ids].map((roleId) => ({ role, roleId }));
}

const isDuplicate = (error: unknown) => error instanceof Error && 'code' in error && error.code === '23505';

async function refuseIfClaimed(session: Session, facts: LedgerFact[], { release: of, unlessClaimedBy: by }: EffectOf): Promise<void> {
  const place = facts[0]?.place;
  if (place === undefined || by === undefined) return;
  await lockClaims(session, place, 'toRead');
  const isOther = by === 'package' ? isOfAnotherPackage : isOfAnotherRelease;
  const grants = facts.flatMap((about) => (about.fact.did === 'revoked' ? [identified(about, about.fact.grants)] : []));
  const others = (await claimsOn(session, { place, grants }, keyOf(of))).filter((claim) => isOther(claim, of));
  if (others.length === 0) return;
  const [claimed] = grants.flatMap(byIdentity(others));
  if (claimed) throw new LedgerMoved(`'${claimed.package}' needs '${claimed.role}' of '${claimed.account}' since it was decided to revoke it`);
}

const recorded = async (session: Session, rows: Row[]): Promise<Iterable<RecordedFact>> =>
  factsOf(session, rows, await partsWithNumbers(session, [...new Set(rows.map(({ part }) => part))]));

/** One after the other as they are asked for, so that of thousands only what is made of them is in memory. `appends`: those that are known already. */
async function factsOf(session: Session, rows: Row[], parts: NumberedPart[], appends = new Map<number, Append>()): Promise<Iterable<RecordedFact>> {
  const ids = new Set<number>();
  for (const row of rows) for (const id of row.appends) if (!appends.has(id)) ids.add(id);
  for (const append of await appendsOf(session, [...ids])) appends.set(append.id, append);
  return eachFact(rows, appends, new Map(parts.map((part) => [part.id, part])));
}

function* eachFact(rows: Row[], appends: Map<number, Append>, parts: Map<number, NumberedPart>): Generator<RecordedFact> {
  for (const { part, kind, role, accounts, numbers, appends: written, persons, facts } of rows) {
    const of = parts.get(part);
    for (const [at, account] of accounts.entries()) {
      const shared = appends.get(written[at] ?? 0);
      const person = persons[at] ?? '';
      if (!of || !shared) throw new Error(`a fact of the ledger names part ${part} and append ${written[at]}, which the store does not have`);
      const fact: RecordedFact = {
        plan: of.plan,
        wave: of.wave,
        package: of.package,
        system: of.system,
        kind,
        role,
        account,
        number: numbers[at] ?? 0,
        // Mostly the same, and then one string for both.
        person: person === account ? account : person,
        place: shared.place,
        by: shared.by_step,
        fact: unpack(facts[at], shared.forms, { role, account }, shared.transaction),
        atMs: shared.at,
      };
      if (shared.committed !== null) fact.committed = shared.committed;
      yield fact;
    }
  }
}

const appendsOf = (session: Session, ids: number[]): Promise<Append[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : session.rows<Append>(
        `select a.id, a.place, a.by_step, a.transaction, a.forms, t.committed, ${asNumber('a.at')} as at
         from rolewave.appends a left join rolewave.transactions t on t.place = a.place and t.transaction = a.transaction where a.id = any($1::int[])`,
        [ids],
      );
