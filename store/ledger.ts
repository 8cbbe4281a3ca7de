/** The ledger: facts, appended thousands at a time and never changed, and the entries that domain/release/facts.ts derives from them. */
import { isOfAnotherPackage, isOfAnotherRelease } from '../domain/release/claims.ts';
import { entriesFrom, LedgerMoved, type Fact, type LedgerFact, type RecordedFact } from '../domain/release/facts.ts';
import { byIdentity, byPair, identified, type LedgerEntry, type PairOfIds } from '../domain/release/ledger.ts';
import type { EffectOf, Store } from './contract.ts';
import { claimsOn, dropClaims, lockClaims } from './claims.ts';
import { lockRelease, refuseIfRolledBack } from './receipts.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

interface Row {
  plan: string;
  wave: string;
  package: string;
  system: string;
  kind: LedgerFact['kind'];
  role: string;
  account: string;
  number: number;
  person: string;
  place: string;
  by_step: string;
  fact: Fact;
  transaction: string | null;
  committed: boolean | null;
  at: number;
}

const key = 'plan, wave, package, system, kind, role, account';
const select = `select l.plan, l.wave, l.package, l.system, l.kind, l.role, l.account, l.number, l.person, l.place, l.by_step, l.fact, l.transaction, t.committed,
    ${asNumber('l.at')} as at
  from rolewave.ledger l left join rolewave.transactions t on t.place = l.place and t.transaction = l.transaction`;
const inOrder = `order by l.plan, l.wave, l.package, l.system, l.kind, l.role, l.account, l.number`;
const perStatement = 2_000;

export function ledger(session: Session): Pick<Store, 'ledger' | 'ledgerOn' | 'effectsIn' | 'append' | 'settle' | 'leave'> {
  return {
    ledger: ({ plan, wave, package: rolePackage, system }) =>
      entries(session, 'l.plan = $1 and l.wave = $2 and l.package = $3 and ($4::text is null or l.system = $4)', [plan, wave, rolePackage, system ?? null]),
    ledgerOn: (of) => entriesOn(session, of),
    effectsIn: async (place, transaction) =>
      (await session.rows<{ fact: Fact }>('select fact from rolewave.ledger where place = $1 and transaction = $2', [place, transaction])).map(
        ({ fact }) => fact,
      ),
    append: (facts, effect) =>
      session.transaction(async (transaction) => {
        if (effect) {
          await lockRelease(transaction, effect.release, effect.system);
          await refuseIfRolledBack(transaction, effect.release, effect.system);
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
    leave: (release, { place, system }, grants, decide) =>
      session.transaction(async (transaction) => {
        await lockClaims(transaction, place);
        const isLeft = byPair(grants);
        const isOwn = (entry: LedgerEntry) => !isOfAnotherRelease(entry, release) && entry.system === system;
        const onRoles = await entriesOn(transaction, { place, ...rolesOf(grants) });
        const own = onRoles.filter((entry) => isOwn(entry) && isLeft(entry).length > 0);
        // Whoever was signed for under another name of the same account or role claims it too.
        const claims = await claimsOn(transaction, { place, ...rolesOf([...grants, ...own.map((entry) => identified(entry, entry.made))]) });
        const known = new Set(grants.map(({ role }) => role));
        const { roles } = rolesOf(claims);
        const all = roles.every((role) => known.has(role))
          ? onRoles
          : [...onRoles, ...(await entriesOn(transaction, { place, roles: roles.filter((role) => !known.has(role)) }))];
        await insert(transaction, decide({ own, others: all.filter((entry) => !isOwn(entry)), claims }));
        await dropClaims(transaction, release, system, grants);
      }),
  };
}

const rolesOf = (pairs: PairOfIds[]): { roles: string[]; roleIds: string[] } => ({
  roles: [...new Set(pairs.map(({ role }) => role))],
  roleIds: [...new Set(pairs.flatMap(({ roleId }) => roleId ?? []))],
});

async function entries(session: Session, where: string, values: unknown[]): Promise<LedgerEntry[]> {
  return entriesFrom((await session.rows<Row>(`${select} where ${where} ${inOrder}`, values)).map(factOf));
}

const entriesOn = (session: Session, { place, roles }: { place: string; roles: string[] }) =>
  entries(session, 'l.place = $1 and l.role = any($2::text[])', [place, roles]);

/** Of two writers who both have the next fact of an entry, the second is refused, and nothing of what it had is written. */
async function insert(session: Session, facts: LedgerFact[]): Promise<void> {
  for (let start = 0; start < facts.length; start += perStatement) {
    const batch = facts.slice(start, start + perStatement);
    try {
      await session.rows(
        `insert into rolewave.ledger (${key}, number, person, place, by_step, fact, transaction, at)
         select ${key}, number, person, place, by_step, fact::json, transaction, ${databaseNow}
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
           as t(${key}, number, person, place, by_step, fact, transaction)`,
        columns(batch),
      );
    } catch (error) {
      if (isDuplicate(error)) throw new LedgerMoved('another run recorded something about the same grants first', { cause: error });
      throw error;
    }
  }
}

const isDuplicate = (error: unknown) => error instanceof Error && 'code' in error && error.code === '23505';

async function refuseIfClaimed(session: Session, facts: LedgerFact[], { release: of, unlessClaimedBy: by }: EffectOf): Promise<void> {
  const place = facts[0]?.place;
  if (place === undefined || by === undefined) return;
  await lockClaims(session, place);
  const isOther = by === 'package' ? isOfAnotherPackage : isOfAnotherRelease;
  const revoked = facts.flatMap((fact) => (fact.fact.did === 'revoked' ? [identified(fact, fact.fact.grants)] : []));
  const others = byIdentity((await claimsOn(session, { place, ...rolesOf(revoked) })).filter((claim) => isOther(claim, of)));
  const [claimed] = revoked.flatMap(others);
  if (claimed) throw new LedgerMoved(`'${claimed.package}' needs '${claimed.role}' of '${claimed.account}' since it was decided to revoke it`);
}

function columns(facts: LedgerFact[]): unknown[][] {
  const transactionOf = ({ fact }: LedgerFact) => ('transaction' in fact ? fact.transaction : undefined);
  return [
    facts.map(({ plan }) => plan),
    facts.map(({ wave }) => wave),
    facts.map((fact) => fact.package),
    facts.map(({ system }) => system),
    facts.map(({ kind }) => kind),
    facts.map(({ role }) => role),
    facts.map(({ account }) => account),
    facts.map(({ number }) => number),
    facts.map(({ person }) => person),
    facts.map(({ place }) => place),
    facts.map(({ by }) => by),
    facts.map(({ fact }) => JSON.stringify(fact, (name, value: unknown) => (name === 'transaction' ? undefined : value))),
    facts.map((fact) => transactionOf(fact) ?? null),
  ];
}

const factOf = (row: Row): RecordedFact => ({
  plan: row.plan,
  wave: row.wave,
  package: row.package,
  system: row.system,
  kind: row.kind,
  role: row.role,
  account: row.account,
  number: row.number,
  person: row.person,
  place: row.place,
  by: row.by_step,
  fact: row.transaction === null ? row.fact : ({ ...row.fact, transaction: row.transaction } as Fact),
  ...(row.committed === null ? {} : { committed: row.committed }),
  atMs: row.at,
});
