/**
 * The witness: from the server's log and from what the server held in between, who made and who removed each grant, and whether Rolewave was entitled to.
 * It knows nothing of how Rolewave decides: only what was signed, by the system's own identities. Each kind of peer reads its log, and tells it here.
 */
import type { Claim } from '../../domain/release/claims.ts';
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import type { Op } from './scenario.ts';

/**
 * One grant, by the system's own identities. `grantor`: undefined where grants of two stand not side by side. `id`: of this one grant, as Rolewave records it;
 * null where the system has none, or does not show it here.
 */
export interface Row {
  role: string;
  account: string;
  grantor: string | undefined;
  id: string | null;
}

/** What the server held, and the store, between two effects. */
export interface Snapshot {
  rows: Row[];
  /** Roles and accounts as they were called; `login`: an account that may sign in. */
  named: { id: string; name: string; login: boolean }[];
  /** Roles that could do more than in the beginning. */
  wide: string[];
  claims: Claim[];
  ledger: LedgerEntry[];
}

export interface Signed {
  content: PreviewContent;
  /** Roles that could do more already when it was signed. */
  wide: ReadonlySet<string>;
}

/** A run of one activity, as the log names it. */
export interface Run {
  package: number;
  op: Op | 'preview' | 'grant';
  /** Another package leaves at the same time: what it claimed before says nothing. */
  atOnce: boolean;
}

/** A grant that is held. `by`: Rolewave made it, for a release or to give back what it had revoked; or somebody else. */
interface Known extends Row {
  by: 'rolewave' | 'restored' | 'other';
}

/** What took effect in the server. `application`: the attempt of Rolewave that did it; undefined: somebody else did. */
export interface Effect extends Row {
  did: 'grant' | 'revoke';
  application: string | undefined;
  /** The account that had this name when the attempt read it; absent: the same one. */
  meant?: string;
  /** The role could do more at that moment, and the account could not sign in. */
  wide: boolean;
  locked: boolean;
  /** It was not held when this attempt read it last; absent where that is not followed. */
  unseen?: boolean;
}

/** What Rolewave revoked of others, and has not given back. */
interface Taken {
  package: number;
  row: Known;
}

export const pair = ({ role, account }: { role: string; account: string }) => `${role} ${account}`;
const isSame = (a: { role: string; account: string; grantor: string | undefined }, b: typeof a) => pair(a) === pair(b) && a.grantor === b.grantor;

export class Witness {
  readonly violations: string[] = [];
  /** Everything that Rolewave did and that others changed, for people. */
  readonly story: string[] = [];
  readonly taken: Taken[] = [];
  /** Pairs that each package granted, and revoked of what Rolewave had granted; by oid. */
  readonly granted = new Map<number, Set<string>>();
  readonly revoked = new Map<number, Set<string>>();
  held: Known[] = [];
  readonly #runs: Map<string, Run>;
  readonly #signed: Map<number, Signed>;
  readonly #packageOf: (claim: Claim) => number;
  readonly #keepsGrantorsApart: boolean;
  /** Others' grants and revokes are told too. */
  readonly #tellsAll: boolean;
  /** Seen no more, though nobody revoked them: the account, say, has another name than the one that is in the group. */
  #dormant: Known[] = [];
  #now: Snapshot = { rows: [], named: [], wide: [], claims: [], ledger: [] };
  #earlier: Snapshot['named'] = [];

  /** `runs`: by application. */
  constructor(about: {
    keepsGrantorsApart: boolean;
    tellsAll: boolean;
    runs: Map<string, Run>;
    signed: Map<number, Signed>;
    packageOf: (claim: Claim) => number;
  }) {
    this.#keepsGrantorsApart = about.keepsGrantorsApart;
    this.#tellsAll = about.tellsAll;
    this.#runs = about.runs;
    this.#signed = about.signed;
    this.#packageOf = about.packageOf;
  }

  nameOf(id: string): string {
    return [...this.#now.named, ...this.#earlier].find((one) => one.id === id)?.name ?? id;
  }

  text({ role, account, grantor }: { role: string; account: string; grantor?: string | undefined }): string {
    return `'${this.nameOf(role)}' of '${this.nameOf(account)}'${grantor === undefined ? '' : ` by '${this.nameOf(grantor)}'`}`;
  }

  exists(id: string): boolean {
    return this.#now.named.some((one) => one.id === id);
  }

  isHeld(one: { role: string; account: string }): boolean {
    return this.held.some((row) => pair(row) === pair(one));
  }

  /** Where the server holds one grant of a pair at most, Rolewave's stands for the legacy access that could not be granted beside it. */
  standsForLegacy(one: { role: string; account: string }): boolean {
    return this.taken.some(({ row }) => pair(row) === pair(one));
  }

  /** It could not be told whose it is, a person was asked, and approved again: it stays, and is not Rolewave's any more. */
  wasLeft(one: { role: string; account: string }, ledger: LedgerEntry[]): boolean {
    const contents = [...this.#signed.values()].map(({ content }) => content);
    return ledger.some(
      (entry) =>
        isLeftByPerson(entry) &&
        contents.some(
          ({ roles, people }) =>
            roles.some(({ role, id }) => role === entry.role && id === one.role) &&
            people.some(({ account, accountId }) => account === entry.account && accountId === one.account),
        ),
    );
  }

  /** In the order in which they took effect. */
  did(effects: Effect[]): void {
    for (const effect of effects) {
      const run = effect.application === undefined ? undefined : this.#runs.get(effect.application);
      if (!run) {
        this.#didSomebodyElse(effect);
        continue;
      }
      this.story.push(`  ${effect.application}: ${effect.did} ${this.text(effect)}`);
      if (effect.did === 'revoke') this.#revoked(effect, run);
      else if (run.op === 'rollback' || run.op === 'narrow') this.#restored(effect, run);
      else this.#granted(effect, run);
    }
  }

  /** Where that is not told, it is seen in the next snapshot. */
  #didSomebodyElse({ did, role, account, grantor, id }: Effect): void {
    if (!this.#tellsAll) return;
    const isNot = (row: Known) => pair(row) !== pair({ role, account });
    if (did === 'revoke') {
      this.held = this.held.filter(isNot);
      this.#dormant = this.#dormant.filter(isNot);
    } else if (!this.isHeld({ role, account })) this.held.push({ role, account, grantor, id, by: 'other' });
  }

  #violation(what: string, effect: Effect): void {
    this.violations.push(`${what}: ${this.text(effect)}, in ${effect.application}`);
  }

  #granted(effect: Effect, run: Run): void {
    const signed = this.#signed.get(run.package);
    const entitlements = new Set(signed?.content.entitlements.map(({ role }) => role));
    const signedRole = signed?.content.roles.some(({ role, id }) => entitlements.has(role) && id === effect.role);
    const signedAccount = signed?.content.people.some(({ accountId }) => accountId === (effect.meant ?? effect.account));
    if (!signedRole || !signedAccount) this.#violation('granted to another role or account than was signed', effect);
    if (effect.wide && !signed?.wide.has(effect.role)) this.#violation('granted a role that may do something else than was signed', effect);
    if (effect.locked) this.#violation('granted to an account that may not log in', effect);
    if (this.isHeld(effect)) this.#violation(effect.unseen === true ? 'granted what was granted since it was read' : 'granted what was held already', effect);
    this.held.push({ ...rowOf(effect), by: 'rolewave' });
    noted(this.granted, run, effect);
  }

  #restored(effect: Effect, run: Run): void {
    const fits = (exactly: boolean) => (taken: Taken) =>
      taken.package === run.package && pair(taken.row) === pair(effect) && (!exactly || effect.grantor === undefined || effect.grantor === taken.row.grantor);
    const found = this.taken.findIndex(fits(true));
    const [taken] = found < 0 ? [] : this.taken.splice(found, 1);
    if (!taken) this.#violation('given back what had not been revoked', effect);
    const content = this.#signed.get(run.package)?.content;
    const rejected = content?.legacy.some(
      ({ role, design }) => design === 'rejected' && content.roles.some((one) => one.role === role && one.id === effect.role),
    );
    if (rejected) this.#violation('given back a role whose design was rejected', effect);
    const twice = this.held.some((row) => (effect.grantor === undefined ? pair(row) === pair(effect) : isSame(row, effect)));
    if (twice) this.#violation('given back what was held already', effect);
    this.held.push({ ...rowOf(effect), by: taken?.row.by === 'rolewave' ? 'rolewave' : 'restored' });
  }

  #revoked(effect: Effect, run: Run): void {
    const at = this.held.findIndex((row) =>
      !this.#keepsGrantorsApart ? pair(row) === pair(effect) : pair(row) === pair(effect) && (row.grantor === undefined || row.grantor === effect.grantor),
    );
    const [row] = at < 0 ? [] : this.held.splice(at, 1);
    if (!row) return this.#violation('revoked what was not held', effect);
    this.#refuseIfClaimed(effect, run);
    const isUndo = run.op === 'rollback' || run.op === 'narrow' || run.op === 'tighten';
    if (isUndo && row.by === 'rolewave') return noted(this.revoked, run, effect);
    if (isUndo || !this.#isSignedLegacy(row, run)) this.#violation(`revoked a grant of ${row.by === 'other' ? 'somebody else' : row.by}`, effect);
    this.taken.push({ package: run.package, row });
  }

  /** Exactly the rows that were signed; a reconcile later also what was granted of the same pairs since. */
  #isSignedLegacy(row: Known, { package: of, op }: Run): boolean {
    const content = this.#signed.get(of)?.content;
    const legacy = new Set(content?.legacy.map(({ role }) => role));
    return (content?.before ?? []).some(
      (grant) =>
        legacy.has(grant.role) &&
        grant.roleId === row.role &&
        grant.accountId === row.account &&
        (op !== 'retire' ||
          ((row.grantor === undefined || grant.grantorId === row.grantor) && (row.id === null || grant.id === undefined || grant.id === row.id))),
    );
  }

  #refuseIfClaimed(effect: Effect, run: Run): void {
    if (run.atOnce) return;
    const others = this.#now.claims.filter(
      (claim) => claim.roleId === effect.role && claim.accountId === effect.account && this.#packageOf(claim) !== run.package,
    );
    if (others.length > 0) this.#violation('revoked what another package claims', effect);
  }

  /** From here on the server itself tells what is held; whose it is stays as it was told. */
  see(snapshot: Snapshot): void {
    this.#earlier = [...this.#now.named, ...this.#earlier.filter(({ id }) => this.#now.named.every((one) => one.id !== id))];
    this.#now = snapshot;
    const before = this.held;
    const left = [...before];
    const take = (from: Known[], is: (known: Known) => boolean): Known | undefined => {
      const at = from.findIndex(is);
      return at < 0 ? undefined : from.splice(at, 1)[0];
    };
    const exact = (row: Row) => take(left, (known) => isSame(known, row) && (known.id === null || row.id === null || known.id === row.id));
    const known = snapshot.rows.map((row): [Row, Known | undefined] => [row, exact(row)]);
    // In whose name the server writes what Rolewave grants is the server's to say.
    this.held = known.map(([row, found]): Known => {
      const one =
        found ?? take(left, (other) => other.grantor === undefined && pair(other) === pair(row)) ?? take(this.#dormant, (other) => pair(other) === pair(row));
      return { ...row, id: row.id ?? one?.id ?? null, by: one?.by ?? 'other' };
    });
    if (this.#tellsAll) this.#dormant.push(...left);
    for (const row of left) this.story.push(`  gone meanwhile: ${this.text(row)}`);
    for (const row of this.held) if (!before.some((one) => pair(one) === pair(row))) this.story.push(`  new: ${this.text(row)}`);
    this.#ledgerKnows(snapshot);
  }

  /** Whatever Rolewave granted and is held stands in the ledger, as made or as about to be. */
  #ledgerKnows({ ledger }: Snapshot): void {
    const recorded = ledger.flatMap(({ made, pending }) => [...made, ...pending.flatMap(({ grants }) => grants)]);
    for (const row of this.held) {
      if (row.by !== 'rolewave' || this.standsForLegacy(row) || this.wasLeft(row, ledger)) continue;
      const known = recorded.some((grant) => (row.id !== null && grant.id !== undefined ? grant.id === row.id : isSame(asRow(grant), row)));
      if (!known) this.violations.push(`the ledger does not know that Rolewave granted ${this.text(row)}`);
    }
  }
}

export const isLeftByPerson = ({ why = '' }: LedgerEntry): boolean => why.startsWith('left as it is by the person');
const noted = (all: Map<number, Set<string>>, run: Run, one: { role: string; account: string }) =>
  void all.set(run.package, (all.get(run.package) ?? new Set<string>()).add(pair(one)));
const rowOf = ({ role, account, grantor, id }: Effect): Row => ({ role, account, grantor, id });
const asRow = ({ roleId = '', accountId = '', grantorId }: LedgerEntry['made'][number]) => ({ role: roleId, account: accountId, grantor: grantorId });
