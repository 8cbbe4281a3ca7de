/** Several releases on the same grants begin, reconcile, retire and leave in any order, beside other administrators; whatever they do, they leave the system as it was. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actual, grant, previewContent, us } from '../../test/support/ledger.ts';
import { isOfAnotherRelease, type Claim } from './claims.ts';
import { after, inOrder, newEntry, next, type LedgerFact } from './facts.ts';
import { factOfGrant, missingGrants, todoOf, toGrant, type Granted, type WantedGrant } from './granting.ts';
import { grantKey, pairKey, type GrantKey, type Held, type LedgerEntry } from './ledger.ts';
import { factsOfRevoke, madeForOthers, sorted, toRetire, toRetireAgain, type Retirement, type Revoked } from './retiring.ts';
import { decided, factOfDecision, factsOfRestore, handOver } from './rollback.ts';

const at = { system: 'erp', place: 'place' };
const before = [grant('old_reader', 'ann'), grant('old_reader', 'ann', 'kim')];
const pairs = [
  { role: 'clerk', account: 'ann', person: 'ann' },
  { role: 'clerk', account: 'ben', person: 'ben' },
  { role: 'old_reader', account: 'ann', person: 'ann' },
];
/** Two packages, one of them in two plans. The first one retires what the second one grants. */
const releases = [
  { plan: 'test', wave: 'wave-1', package: 'clerks', grants: pairs.slice(0, 2), retires: ['old_reader'] },
  { plan: 'test', wave: 'wave-1', package: 'posters', grants: pairs, retires: [] },
  { plan: 'other', wave: 'wave-1', package: 'clerks', grants: pairs.slice(0, 1), retires: [] },
];
type Release = (typeof releases)[number];

/** One system, and the store. */
function world(rows: Held[]) {
  const claims: Claim[] = [];
  const ledger = new Map<string, LedgerEntry>();
  const state = new Map<Release, 'begun' | 'left' | 'undone'>();
  const revokedByUs: string[] = [];
  let count = 0;
  const keyOf = (key: GrantKey) => [key.plan, key.wave, key.package, key.kind, pairKey(key)].join('\0');
  const own = (release: Release) => [...ledger.values()].filter((one) => !isOfAnotherRelease(one, release));
  const others = (release: Release) => [...ledger.values()].filter((one) => isOfAnotherRelease(one, release));
  const held = (pair: { role: string; account: string }) => rows.filter((row) => pairKey(row) === pairKey(pair));
  const now = () => actual(rows);
  const content = ({ retires, grants }: Release) =>
    previewContent({
      legacy: retires.map((role) => ({ system: 'erp', role, design: 'superseded' as const })),
      people: grants.map(({ person, account }) => ({ person, account })),
      before: before.map((row) => ({ ...row, person: row.account })),
    });
  const signed = ({ retires }: Release) => before.filter(({ role }) => retires.includes(role)).map((row) => ({ ...row, person: row.account }));

  function append(facts: LedgerFact[]): void {
    for (const fact of facts) {
      const one = ledger.get(keyOf(fact)) ?? newEntry(fact, fact);
      // Of two writers of the same entry only one is right.
      expect(fact.number).toBe(one.facts + 1);
      ledger.set(keyOf(fact), after(one, fact));
    }
  }
  const add = (pair: { role: string; account: string }, grantor: string): Held => {
    const row = grant(pair.role, pair.account, grantor, `row ${(count += 1)}`);
    rows.push(row);
    return row;
  };
  const remove = (row: Held) => rows.splice(rows.indexOf(row), 1);

  function grantAll(release: Release, grants: WantedGrant[], by: string): void {
    for (const { entry, grant: pair } of grants.map(todoOf(release, at, own(release)))) {
      const there = held(pair);
      const answer: Granted = there.length > 0 ? { outcome: 'preexisting', grants: there } : { outcome: 'created', grant: add(pair, us) };
      append([next(entry, by, factOfGrant(answer))]);
    }
  }
  function revokeAll(all: Retirement[], by: string): void {
    for (const { entry, grants } of all) {
      const answers = grants.map((grant): Revoked => {
        const row = rows.find((one) => grantKey(one) === grantKey(grant));
        if (!row) return { outcome: 'gone' };
        remove(row);
        revokedByUs.push(grantKey(row));
        return { outcome: 'revoked' };
      });
      append(inOrder(entry, by, factsOfRevoke(grants, answers)));
    }
  }
  function retire(release: Release, all: Retirement[], by: string): void {
    const { settled, revoke } = sorted(all, release, claims, by);
    append(settled);
    revokeAll(revoke, by);
  }

  const steps = {
    begin(release: Release) {
      if (state.has(release)) return;
      state.set(release, 'begun');
      claims.push(...release.grants.map(({ role, account }) => ({ ...release, system: 'erp', role, account })));
      grantAll(release, toGrant(release.grants, own(release)), 'release');
      retire(release, toRetire(release, at, signed(release), own(release), now(), madeForOthers(release, [...ledger.values()])), 'release');
    },
    reconcile(release: Release) {
      if (state.get(release) !== 'begun') return;
      grantAll(release, missingGrants(release.grants, own(release), now()), 'tune');
      retire(release, toRetireAgain(release, at, content(release), signed(release), own(release), now(), madeForOthers(release, [...ledger.values()])), 'tune');
    },
    leave(release: Release) {
      if (!state.has(release) || state.get(release) === 'undone') return;
      state.set(release, 'left');
      append(handOver(release, { own: own(release), claims, others: others(release) }, now(), 'rollback'));
      claims.splice(0, Infinity, ...claims.filter((claim) => isOfAnotherRelease(claim, release)));
    },
    undo(release: Release): void {
      if (state.get(release) !== 'left') return;
      const madeByRolewave = new Set([...ledger.values()].flatMap(({ made }) => made.map(grantKey)));
      const all = decided(own(release), { content: content(release), now: now(), place: at.place, madeByRolewave });
      const revoke = all.flatMap(({ entry, decision }) => (decision.do === 'revoke' ? [{ entry, grants: decision.grants }] : []));
      // The store refuses to revoke what someone claims since: the release leaves again, and hands it on.
      if (revoke.some(({ entry }) => claims.some((claim) => pairKey(claim) === pairKey(entry)))) {
        steps.leave(release);
        return steps.undo(release);
      }
      append(all.flatMap((one) => factOfDecision(one, 'rollback')));
      revokeAll(revoke, 'rollback');
      for (const { entry, decision } of all)
        if (decision.do === 'restore')
          append(
            factsOfRestore(
              entry,
              decision.grants,
              decision.grants.map((row) => ({ outcome: 'created', grant: add(row, row.grantor ?? '') })),
              others(release).filter((one) => one.kind === 'grant' && pairKey(one) === pairKey(entry)),
              'rollback',
            ),
          );
      state.set(release, 'undone');
    },
  };
  return {
    rows,
    steps,
    own,
    revokedByUs,
    claims,
    grantAs: (pair: (typeof pairs)[number], grantor: string) => add(pair, grantor),
    removeAll: (pair: (typeof pairs)[number], which: (row: Held) => boolean) => held(pair).filter(which).forEach(remove),
    held,
  };
}

type Step = { do: keyof ReturnType<typeof world>['steps']; by: number } | { do: 'kimGrants' | 'kimRevokes'; pair: number };
const ofRelease = fc.record({ do: fc.constantFrom('begin', 'begin', 'reconcile', 'leave', 'undo' as const), by: fc.nat(releases.length - 1) });
const ofKim = fc.record({ do: fc.constantFrom('kimGrants' as const, 'kimRevokes' as const), pair: fc.nat(1) });
const anyOrder = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
const names = (rows: Held[]) => rows.map(({ role, account, grantor }) => `${role} ${account} ${grantor}`).sort();

function run(steps: Step[], lastLeaving: number[], lastUndoing: number[]) {
  const one = world([...before]);
  const kims: Held[] = [];
  const take = (step: Step) => {
    if ('by' in step) one.steps[step.do](releases[step.by]!);
    else if (step.do === 'kimGrants') kims.push(one.grantAs(pairs[step.pair]!, 'kim'));
    else one.removeAll(pairs[step.pair]!, (row) => row.grantor === us);
    // Any release that still claims a grant of Rolewave has it: nobody else revoked it.
    for (const claim of one.claims) {
      const lost = one
        .own(releases.find((release) => !isOfAnotherRelease(release, claim))!)
        .filter((entry) => entry.kind === 'grant' && pairKey(entry) === pairKey(claim));
      expect(lost.flatMap(({ made, found }) => [...made, ...found]).filter((row) => one.revokedByUs.includes(grantKey(row)))).toEqual([]);
    }
  };
  steps.forEach(take);
  lastLeaving.forEach((by) => take({ do: 'leave', by }));
  lastUndoing.forEach((by) => take({ do: 'undo', by }));
  return { ...one, kims };
}

describe('whatever order releases begin, reconcile and leave in', () => {
  test('the last one out revokes each grant that Rolewave made, once, and nobody else’s', () => {
    let handedOn = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: ofRelease }, { weight: 1, arbitrary: ofKim }), { maxLength: 20 }),
        anyOrder,
        anyOrder,
        (steps, leaving, undoing) => {
          const { rows, revokedByUs, kims, own } = run(steps, leaving, undoing);
          expect(rows.filter(({ grantor }) => grantor === us)).toEqual([]);
          for (const row of kims) expect(rows).toContain(row);
          expect(new Set(revokedByUs).size).toBe(revokedByUs.length);
          for (const release of releases) for (const one of own(release)) expect([one.made, one.pending]).toEqual([[], []]);
          handedOn += releases.flatMap(own).filter(({ why }) => why?.startsWith('kept for')).length;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(handedOn).toBeGreaterThan(0);
  });

  test('the system is as it was, legacy access of every administrator included, when nobody else changed anything', () => {
    fc.assert(
      fc.property(fc.array(ofRelease, { maxLength: 20 }), anyOrder, anyOrder, (steps, leaving, undoing) => {
        const { rows, own } = run(steps, leaving, undoing);
        expect(names(rows)).toEqual(names(before));
        for (const release of releases) for (const { taken } of own(release)) expect(taken).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('two releases on one grant', () => {
  const [clerks, posters] = releases as [Release, Release, Release];
  const ann = pairs[0]!;
  test('roll back at the same time: both give it up, and one of them revokes it', () => {
    for (const order of [
      [clerks, posters],
      [posters, clerks],
    ]) {
      const { steps, held, revokedByUs } = world([]);
      steps.begin(clerks);
      steps.begin(posters);
      for (const release of order) steps.leave(release);
      for (const release of order.toReversed()) steps.undo(release);
      expect(held(ann)).toEqual([]);
      expect(revokedByUs).toHaveLength(new Set(revokedByUs).size);
      expect(revokedByUs).toHaveLength(3);
    }
  });
  test('a release that begins while another one leaves keeps the grant', () => {
    const { steps, held } = world([]);
    steps.begin(clerks);
    steps.leave(clerks);
    steps.begin(posters);
    steps.undo(clerks);
    expect(held(ann)).toHaveLength(1);
    steps.leave(posters);
    steps.undo(posters);
    expect(held(ann)).toEqual([]);
  });
  test('legacy access that one retired and the other granted is its administrator’s again after both have left', () => {
    const { rows, steps } = world([...before]);
    steps.begin(clerks);
    steps.begin(posters);
    expect(names(rows)).toEqual(['clerk ann rolewave', 'clerk ben rolewave', 'old_reader ann rolewave']);
    steps.leave(clerks);
    steps.undo(clerks);
    expect(names(rows)).toEqual(['clerk ann rolewave', 'clerk ben rolewave', 'old_reader ann dba', 'old_reader ann kim', 'old_reader ann rolewave']);
    steps.leave(posters);
    steps.undo(posters);
    expect(names(rows)).toEqual(names(before));
  });
});
