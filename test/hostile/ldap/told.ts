/**
 * From a directory's own log of changes (the overlay accesslog) to what the witness is told. It knows by entryUUID who was called what at each moment, and what
 * each group had before and after each change. Nothing of Rolewave's is read but the marker that it sent with a change, as it was seen on the line.
 */
import type { Effect, Snapshot, Witness } from '../witness.ts';

/** One change of the log. */
export interface LogLine {
  csn: string;
  type: string;
  dn: string;
  newDn: string | undefined;
  entryId: string;
  by: string;
  /** `member:+ uid=ann,…` and so on. */
  mods: string[];
}

/** In the order in which it was seen. `reads`: an attempt begins to read what its next effect is decided by. */
export type Seen = { line: LogLine } | { snapshot: Snapshot; values: Map<string, string[]> } | { note: string } | { reads: string };

const memberAttributes = new Set(['member', 'uniquemember', 'memberuid']);
const key = (dn: string) => dn.toLowerCase();

interface Moment {
  accounts: Map<string, string>;
  wide: ReadonlySet<string>;
  locked: ReadonlySet<string>;
}

export class ToldByTheLog {
  readonly #witness: Witness;
  readonly #about: { widerDn: string; withIds: boolean; applicationOf: (nonce: string) => string | undefined };
  /** Ids of people and groups by what they are called now: people by DN and by uid. */
  #accounts = new Map<string, string>();
  readonly #groups = new Map<string, string>();
  #values = new Map<string, string[]>();
  #wider: string[] = [];
  readonly #locked = new Set<string>();
  readonly #read = new Map<string, Moment>();
  #isFounded = false;

  /** `withIds`: Rolewave reads the log, too, and gives grants ids by it. `applicationOf`: the attempt that sent a change with this marker. */
  constructor(witness: Witness, about: { widerDn: string; withIds: boolean; applicationOf: (nonce: string) => string | undefined }) {
    this.#witness = witness;
    this.#about = about;
  }

  read(all: Seen[]): void {
    for (const seen of all) {
      if ('note' in seen) this.#witness.story.push(seen.note);
      else if ('reads' in seen) this.#read.set(seen.reads, this.#moment());
      else if ('snapshot' in seen) {
        this.#values = new Map(seen.values);
        this.#witness.see(seen.snapshot);
        // How it was set up is in the scenario.
        if (!this.#isFounded) this.#witness.story.length = 0;
        this.#isFounded = true;
      } else this.#line(seen.line);
    }
  }

  #moment = (): Moment => ({
    accounts: new Map(this.#accounts),
    wide: new Set(this.#wider.flatMap((dn) => this.#groups.get(key(dn)) ?? [])),
    locked: new Set(this.#locked),
  });

  #line(line: LogLine): void {
    const { type, dn, newDn, entryId, mods } = line;
    const isGroup = this.#groups.has(key(dn)) || mods.some((mod) => /^objectclass:\+ (group|posixgroup)/i.test(mod));
    if (!this.#applicationOf(line))
      this.#witness.story.push(`  ${line.by.split(/[=,]/)[1]}: ${type} ${dn} ${newDn ?? ''} ${type === 'modify' ? mods.filter(isTold).join('; ') : ''}`);
    if (type === 'add' && isGroup) {
      this.#groups.set(key(dn), entryId);
      this.#modify(line);
    } else if (type === 'add') {
      const uid = valueOf(mods, 'uid');
      if (uid !== undefined) this.#accounts.set(key(dn), entryId).set(uid, entryId);
    } else if (type === 'delete') this.#remove(dn, entryId);
    else if (type === 'modrdn' && newDn !== undefined) {
      this.#remove(dn, entryId);
      if (isGroup) this.#groups.set(key(newDn), entryId);
      else this.#accounts.set(key(newDn), entryId).set(/^uid=([^,]+)/.exec(newDn)?.[1] ?? newDn, entryId);
    } else if (type === 'modify' && isGroup) this.#modify(line);
    else if (type === 'modify') {
      if (mods.some((mod) => /^pwdAccountLockedTime:[+=] /i.test(mod))) this.#locked.add(entryId);
      if (mods.some((mod) => /^pwdAccountLockedTime:-/i.test(mod))) this.#locked.delete(entryId);
    }
  }

  #remove(dn: string, entryId: string): void {
    this.#groups.delete(key(dn));
    for (const [name, id] of this.#accounts) if (name === key(dn) || id === entryId) this.#accounts.delete(name);
  }

  #applicationOf({ mods }: LogLine): string | undefined {
    const nonce = mods.flatMap((mod) => /^description:\+ rolewave:([0-9a-z]+\.[0-9a-f]+)$/.exec(mod)?.[1] ?? [])[0];
    return nonce === undefined ? undefined : this.#about.applicationOf(nonce);
  }

  #modify(line: LogLine): void {
    const { dn, mods, csn } = line;
    const group = this.#groups.get(key(dn)) ?? line.entryId;
    const isWider = key(dn) === key(this.#about.widerDn);
    const before = isWider ? this.#wider : (this.#values.get(group) ?? []);
    const after = afterChange(before, mods);
    if (isWider) {
      this.#wider = after;
      return;
    }
    this.#values.set(group, after);
    const [had, has] = [before, after].map((values) => new Map(values.flatMap((value) => this.#accountOf(value) ?? []).map(({ id, value }) => [id, value])));
    const application = this.#applicationOf(line);
    const nonce = mods.flatMap((mod) => /^description:\+ rolewave:([0-9a-z]+\.[0-9a-f]+)$/.exec(mod)?.[1] ?? [])[0];
    const now = this.#moment();
    const then = application === undefined ? now : (this.#read.get(application) ?? now);
    const effect = (did: Effect['did'], account: string, value: string): Effect => {
      const meant = then.accounts.get(key(value)) ?? then.accounts.get(value) ?? account;
      return {
        did,
        application,
        role: group,
        account,
        grantor: undefined,
        id: this.#about.withIds ? `${application === undefined ? csn : nonce}/${account}` : null,
        ...(meant === account ? {} : { meant }),
        // A directory changes one entry at a time: what becomes of others after they were read is seen when it is read back.
        wide: now.wide.has(group) && then.wide.has(group),
        locked: now.locked.has(account) && then.locked.has(account),
      };
    };
    this.#witness.did([
      ...[...(had ?? [])].filter(([id]) => has?.has(id) !== true).map(([id, value]) => effect('revoke', id, value)),
      ...[...(has ?? [])].filter(([id]) => had?.has(id) !== true).map(([id, value]) => effect('grant', id, value)),
    ]);
  }

  #accountOf(value: string): { id: string; value: string } | undefined {
    const id = this.#accounts.get(key(value)) ?? this.#accounts.get(value);
    return id === undefined ? undefined : { id, value };
  }
}

const isTold = (mod: string): boolean => /^(member|uniqueMember|memberUid|description|pwdAccountLockedTime):/i.test(mod);

function valueOf(mods: string[], attribute: string): string | undefined {
  const start = `${attribute}:+ `;
  return mods.find((mod) => mod.startsWith(start))?.slice(start.length);
}

function afterChange(before: string[], mods: string[]): string[] {
  let now = before;
  let isWrittenAnew = false;
  for (const mod of mods) {
    const [, attribute = '', sign, value] = /^([^:]+):([-+=])(?: (.*))?$/s.exec(mod) ?? [];
    if (!memberAttributes.has(attribute.toLowerCase())) continue;
    if (sign === '=') {
      // One line for each value of the new list.
      now = isWrittenAnew ? now : [];
      isWrittenAnew = true;
    }
    if (sign === '-') now = value === undefined ? [] : now.filter((one) => key(one) !== key(value));
    else if (value !== undefined) now = [...now, value];
  }
  return now;
}
