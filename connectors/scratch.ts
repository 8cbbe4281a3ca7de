/**
 * What probes of every kind of system do alike that measure in a scratch group (domain/access/server-probe.ts): they find their two accounts, remove what earlier
 * ones left, create the group, and remove it whatever happens.
 */
import type { Findings } from '../domain/access/server-behaviour.ts';
import { ProbeRefused, removedInTime, type Scratch } from '../domain/access/server-probe.ts';

/** `id`: what its server calls it, where that is not decided by its name. */
interface ScratchGroup {
  name: string;
  id?: string;
}

export interface ScratchKind<Account, Group extends ScratchGroup> {
  /** Those of these names that exist, by name. */
  accounts(names: string[]): Promise<ReadonlyMap<string, Account>>;
  /** Where they are looked for, after 'does not exist', such as ' below accounts.base'. */
  where?: string;
  /** All groups whose names begin so; others may be among them. */
  beginningWith(prefix: string): Promise<Group[]>;
  /** Everything that is in it, as its system calls them; undefined: it is gone, or has another name by now. */
  holders(group: Group): Promise<string[] | undefined>;
  /** Whether only a probe would have put it there. */
  isProbes(holder: string, accounts: [Account, Account]): boolean;
  /** How its system calls it, for people, such as `group 'x'`. */
  words(group: Group): string;
  create(accounts: [Account, Account]): Promise<Group>;
  /** Whether it is the one that was asked for, and nobody's yet: a careless server answers one that was there before. Also when the time of the probe is over. */
  isNew(group: Group): Promise<boolean>;
  /** Resolves also where it is gone already. */
  remove(group: Group, signal: AbortSignal): Promise<void>;
  try(group: Group, accounts: [Account, Account]): Promise<Findings>;
}

export async function measuredInScratch<Account, Group extends ScratchGroup>(scratch: Scratch, kind: ScratchKind<Account, Group>): Promise<Findings> {
  const accounts = await accountsOf(scratch, kind);
  const removed = (group: Group) => removedInTime({ role: group.name, what: kind.words(group) }, (signal) => kind.remove(group, signal), scratch.removalMs);
  for (const group of await kind.beginningWith(scratch.prefix)) if (scratch.isOurs(group.name) && (await isLeft(group, accounts, kind))) await removed(group);
  const group = await kind.create(accounts);
  let isOurs = false;
  try {
    isOurs = await kind.isNew(group);
    if (!isOurs)
      throw new ProbeRefused(
        `no scratch group could be created: the server answered another group than the one that was asked for (${group.id ?? kind.words(group)}), which was left alone`,
      );
    return await kind.try(group, accounts);
  } finally {
    if (isOurs) await removed(group);
  }
}

async function accountsOf<Account, Group extends ScratchGroup>(scratch: Scratch, kind: ScratchKind<Account, Group>): Promise<[Account, Account]> {
  const found = await kind.accounts([...scratch.accounts]);
  const [one, other] = scratch.accounts.map((name) => found.get(name));
  if (!one || !other)
    throw new ProbeRefused(`account '${scratch.accounts[one ? 1 : 0]}' of probe.accounts does not exist${kind.where ?? ''}: name two accounts that do`);
  return [one, other];
}

/** Of a probe that died, or whose answer was lost. A group that holds anything else is nobody's scratch. */
async function isLeft<Account, Group extends ScratchGroup>(group: Group, accounts: [Account, Account], kind: ScratchKind<Account, Group>): Promise<boolean> {
  const holders = await kind.holders(group);
  if (holders?.some((holder) => !kind.isProbes(holder, accounts)))
    throw new ProbeRefused(
      `${kind.words(group)} has the name of a probe's group and members that are none of probe.accounts: look at it, and remove or rename it`,
    );
  return holders !== undefined;
}

export const found = <Is extends string>(is: Is) => ({ is, by: 'measured' as const });

/** Who of the two is in the group after a change. `isDone`: the server said that it made it. */
interface After {
  isDone: boolean;
  one: boolean;
  other: boolean;
}

/** The other was added beside the one. */
export const additionIs = ({ isDone, one, other }: After) => (!isDone ? 'refused' : !other ? 'changesNothing' : one ? 'leavesOthers' : 'replacesOthers');
/** The other was removed from beside the one. */
export const removalIs = ({ isDone, one, other }: After) => (!isDone ? 'refused' : !one ? 'removesOthers' : other ? 'changesNothing' : 'leavesOthers');
/** The other was removed, and was not there. */
export const absentRemovalIs = ({ isDone, one }: Omit<After, 'other'>) => (!one ? 'removesOthers' : isDone ? 'changesNothing' : 'refused');

/** Whether two accesses of one person have different ids. `id`: undefined where nothing tells it. */
export async function regrantIs(steps: { give(): Promise<unknown>; id(): Promise<string | undefined>; take(): Promise<unknown> }) {
  const ids: (string | undefined)[] = [];
  for (let time = 0; time < 2; time++) {
    await steps.give();
    ids.push(await steps.id());
    await steps.take();
  }
  const [first, second] = ids;
  return first !== undefined && second !== undefined && first !== second ? 'told' : 'notTold';
}
