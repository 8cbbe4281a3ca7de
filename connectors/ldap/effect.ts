/**
 * The one modify of an effect. What it does is told first; then one request changes the members and puts Rolewave's marker into the group, all of it or nothing,
 * and only if the group is as it was read (decision 227).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Attribute, Change, EqualityFilter } from 'ldapts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { ActualGrant, BeforeCommit } from '../connector.ts';
import { contentOf } from './content.ts';
import { Assertion } from './controls.ts';
import type { Group } from './groups.ts';
import { isAsk, type Ask, type Judged } from './judging.ts';
import { inDeletedGroup, renamedSince } from './log.ts';
import { givenUp, markerOf, newNonce, outdated, readTransaction, transactionText } from './marker.ts';
import { grantOfChange, type Directory } from './members.ts';
import { LdapRefused, LostRace } from './result-codes.ts';

export type Direction = 'add' | 'delete';
interface Result {
  outcome: string;
}
type Failed = { outcome: 'failed'; why: string };

const failed = (why: string): Failed => ({ outcome: 'failed', why });
const attempts = 5;
const [noSuchAttribute, alreadyThere] = [16, 20];

/** `judge`: reads, and says what is asked. `made`: the outcome of an ask. */
export interface Effect<Outcome extends Result> {
  direction: Direction;
  judge(): Promise<Judged<Outcome>>;
  made(ask: Ask, group: Group, nonce: string): Outcome;
  /** The outcome of what the same call has asked for already. */
  again(first: Outcome): Outcome;
}

/** All of it, with what the server would refuse found out beforehand. */
async function prepared<Outcome extends Result>(directory: Directory, effect: Effect<Outcome | Failed>, nonce: string) {
  const judged = await effect.judge();
  const { group, items } = judged;
  const first = new Map<string, number>();
  const asks: Ask[] = [];
  items.forEach((item, at) => {
    if (!isAsk(item) || first.has(item.account.id)) return;
    first.set(item.account.id, at);
    asks.push(item);
  });
  const refused = group ? await refusals(directory, group, effect.direction, asks) : new Map<Ask, string>();
  const left = asks.filter((ask) => !refused.has(ask));
  const outcomes = items.map((item): Outcome | Failed => {
    if (!isAsk(item)) return item;
    if (!group) return failed('there is no such group');
    const why = refused.get(item);
    return why === undefined ? effect.made(item, group, nonce) : failed(why);
  });
  items.forEach((item, at) => {
    const earlier = isAsk(item) ? first.get(item.account.id) : undefined;
    const outcome = earlier === undefined || earlier === at ? undefined : outcomes[earlier];
    if (outcome) outcomes[at] = effect.again(outcome);
  });
  return { judged, outcomes, values: left.map(({ value }) => value) };
}

export async function carryOut<Outcome extends Result>(directory: Directory, effect: Effect<Outcome | Failed>, beforeCommit: BeforeCommit<Outcome | Failed>) {
  const nonce = newNonce();
  const { judged, outcomes, values } = await prepared(directory, effect, nonce);
  const { group } = judged;
  if (!group || values.length === 0) {
    await beforeCommit(outcomes);
    return outcomes;
  }
  await beforeCommit(outcomes, transactionText({ groupId: group.id, nonce }));
  await requireStill(directory, effect, judged);
  await change(directory, effect, judged, values, nonce);
  return outcomes;
}

export const rehearsed = async <Outcome extends Result>(directory: Directory, effect: Effect<Outcome | Failed>): Promise<(Outcome | Failed)[]> =>
  (await prepared(directory, effect, newNonce())).outcomes;

/** As it was told, or SystemUnavailable. */
async function change<Outcome extends Result>(
  directory: Directory,
  effect: Effect<Outcome>,
  told: Judged<Outcome>,
  values: string[],
  nonce: string,
): Promise<void> {
  const read = told.group;
  for (let [group, attempt] = [read, 1]; group; attempt++) {
    try {
      await directory.session.modify(group.dn, changesOf(directory, group, effect.direction, values, nonce), await asRead(directory, group));
      return;
    } catch (error) {
      const wasRefused = error instanceof LdapRefused;
      if (!wasRefused && !(error instanceof LostRace)) throw error;
      // What is refused now, and was not before, will be refused before anything is told the next time.
      if (wasRefused || attempt === attempts)
        throw new SystemUnavailable(`'${group.name}' was changed by somebody else at the same time: nothing was changed. ${error.message}`);
      await sleep(attempt * (10 + Math.random() * 40));
      // Somebody else's change to other members takes nothing from what was told.
      const now = await effect.judge();
      if (!isSame(now, told)) throw new SystemUnavailable(`the members of '${group.name}' were changed by somebody else at the same time: nothing was changed`);
      group = now.group;
    }
  }
}

/**
 * A modify asserts the group and nothing else, and time has passed since it was judged: what was told was written down. Where people were renamed or deleted
 * meanwhile, or the group can do something else, everything is judged again; without a log, always. Between this and the modify there are milliseconds.
 */
async function requireStill<Outcome extends Result>(directory: Directory, effect: Effect<Outcome>, told: Judged<Outcome>): Promise<void> {
  const { session, settings } = directory;
  const { group, newest, digest } = told;
  if (!group) return;
  const isAsRead = digest === undefined || (await contentOf(session, settings, group)).digest === digest;
  if (isAsRead && newest !== undefined && !(await renamedSince(session, settings, newest))) return;
  if (!isSame(await effect.judge(), told))
    throw new SystemUnavailable(`people of '${group.name}' or the group itself were changed by somebody else at the same time: nothing was changed`);
}

function isSame<Outcome extends Result>(now: Judged<Outcome>, told: Judged<Outcome>): boolean {
  const essence = ({ group, items }: Judged<Outcome>) =>
    JSON.stringify([group?.id, group?.dn, items.map((item) => (isAsk(item) ? [item.account.id, item.value] : item.outcome))]);
  return essence(now) === essence(told);
}

/** RFC 4528, where the server has it: nothing is changed unless the group is as it was read. Elsewhere a value that is there already, or is gone, stops the modify. */
async function asRead({ session }: Directory, { csn }: Group): Promise<Assertion | undefined> {
  return csn !== undefined && (await session.facts()).asserts ? new Assertion(new EqualityFilter({ attribute: 'entryCSN', value: csn })) : undefined;
}

const modification = (operation: Direction, type: string, values: string[]) => new Change({ operation, modification: new Attribute({ type, values }) });

/** The marker first: where it is there already, nothing else is looked at. */
function changesOf({ settings: { groups } }: Directory, group: Group, direction: Direction, values: string[], nonce: string): Change[] {
  const old = outdated(group.markers);
  return [
    modification('add', groups.marker, [markerOf(nonce)]),
    ...(old.length === 0 ? [] : [modification('delete', groups.marker, old)]),
    ...(needsPlaceholder(group, direction, values) && groups.placeholder !== undefined
      ? [modification('add', group.form.attribute, [groups.placeholder])]
      : []),
    modification(direction, group.form.attribute, values),
  ];
}

const needsPlaceholder = ({ form, count }: Group, direction: Direction, values: string[]): boolean =>
  direction === 'delete' && form.needsMember && count === values.length;

/**
 * Asks the server without changing anything: the same modify with a last step that must fail, so that rights and values are looked at and nothing is kept.
 * A value that the server refuses is found by halving.
 */
async function refusals(directory: Directory, group: Group, direction: Direction, asks: Ask[]): Promise<Map<Ask, string>> {
  const refused = new Map<Ask, string>();
  const { groups } = directory.settings;
  let able = asks;
  const last = asks.at(-1);
  if (
    last &&
    groups.placeholder === undefined &&
    needsPlaceholder(
      group,
      direction,
      asks.map(({ value }) => value),
    )
  ) {
    refused.set(
      last,
      `${last.account.name} is the last member of '${group.name}', and the directory wants one (objectClass ${group.form.objectClass}): name an entry in groups.placeholder of the site file, which Rolewave puts in instead, or remove the group`,
    );
    able = asks.slice(0, -1);
  }
  const halve = async (some: Ask[]): Promise<void> => {
    const why = await tried(directory, group, direction, some);
    if (why === undefined) return;
    const [only] = some;
    if (some.length === 1 && only) return void refused.set(only, why);
    const middle = Math.ceil(some.length / 2);
    await halve(some.slice(0, middle));
    await halve(some.slice(middle));
  };
  if (able.length > 0) await halve(able);
  return refused;
}

async function tried(directory: Directory, group: Group, direction: Direction, asks: Ask[]): Promise<string | undefined> {
  const { groups } = directory.settings;
  const nonce = newNonce();
  const marker = [markerOf(nonce)];
  // Adding fails with another code than taking out, so that the step that must fail is told from a member that cannot be changed.
  const [code, mustFail] =
    direction === 'add'
      ? [noSuchAttribute, modification('delete', groups.marker, [givenUp(nonce)])]
      : [alreadyThere, modification('add', groups.marker, marker)];
  const steps = [
    modification('add', groups.marker, marker),
    modification(
      direction,
      group.form.attribute,
      asks.map(({ value }) => value),
    ),
    mustFail,
  ];
  try {
    await directory.session.modify(group.dn, steps);
  } catch (error) {
    if (!(error instanceof LdapRefused)) throw error;
    return error.code === code ? undefined : error.message;
  }
  throw new Error('the directory took a change that cannot be made: report it, and look at the markers of the group');
}

/**
 * Whether a change took effect. Where it did not, it never will: it is given up in the directory, by a marker that its own modify would have to add.
 */
export async function wasCommitted({ session, settings, groups }: Directory, text: string): Promise<'committed' | 'aborted' | 'unknown'> {
  const transaction = readTransaction(text);
  if (!transaction) {
    // Asked of a directory that is away, nothing is known.
    await session.facts();
    return 'unknown';
  }
  const { groupId, nonce } = transaction;
  for (let attempt = 1; ; attempt++) {
    const group = (await groups.ofIds([groupId])).get(groupId);
    if (!group) return inDeletedGroup(session, settings, groupId, { value: markerOf(nonce), unlessWith: givenUp(nonce) });
    if (group.markers.includes(givenUp(nonce))) return 'aborted';
    if (group.markers.includes(markerOf(nonce))) return 'committed';
    if (outdated([markerOf(nonce)]).length > 0) return 'unknown';
    try {
      await session.modify(group.dn, [modification('add', settings.groups.marker, [markerOf(nonce), givenUp(nonce)])]);
      return 'aborted';
    } catch (error) {
      if (!(error instanceof LdapRefused) || error.code !== alreadyThere || attempt === attempts) throw error;
    }
  }
}

export const createdBy =
  (directory: Directory) =>
  ({ account }: Ask, group: Group, nonce: string): { outcome: 'created'; grant: ActualGrant } => ({
    outcome: 'created',
    grant: grantOfChange(directory.settings, group, account, nonce),
  });
