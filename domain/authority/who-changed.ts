/** Who changed what is signed of each package, as a revision keeps it: all who wrote a part of it, also before the package named that part. */
import { namedSystems, packageBasis, packageDigest, signedTerms } from '../plan/digest.ts';
import { exceptionsOf, rulesOf } from '../plan/incompatible-rules.ts';
import { changesRelease } from '../plan/section.ts';
import type { Plan, RolePackage } from '../plan/schema.ts';
import type { RevisionRecord } from '../views/revision.ts';
import { changesOf } from './applied.ts';
import { addChanges, allowsMoreWhenGone, namedParts, partName, Writers, type Change } from './written-parts.ts';

type Changed = Required<Pick<RevisionRecord, 'changedBy' | 'parts'>>;

/**
 * By package, anyone who applied a revision in which its digest differs from the revision before, and anyone who had written what it names since this revision, each
 * with the last such revision. `before`: a record from before 0.4.0 does not say who wrote which part, and counts nobody for what was there then.
 */
export function whoChanged(before: { document: Plan; record: RevisionRecord } | undefined, after: Plan, by: string, number: number): Changed {
  const change = { by, revision: number };
  if (!before) return { changedBy: Object.fromEntries(after.packages.map(({ id }) => [id, [change]])), parts: { first: [change], changes: [] } };
  const writers = new Writers(before.record.parts ?? { first: [], changes: [] });
  addChanges(writers, before.document, after, change);
  const named = namedParts(before.document);
  const changedBy = Object.fromEntries(after.packages.map(({ id }) => [id, changesNow(writers, before, after, { id, change, named })]));
  const ids = (plan: Plan) => new Set(plan.packages.map(({ id }) => id));
  for (const id of notIn(ids(before.document), ids(after))) for (const known of changesOf(before.record, id)) writers.add(partName.package(id), known);
  return { changedBy, parts: writers.record() };
}

interface OnePackage {
  id: string;
  change: Change;
  named: Compared['named'];
}

interface Compared {
  before: Plan;
  /** Parts that the plan had before. */
  named: { has(part: string): boolean };
  after: Plan;
}

function changesNow(writers: Writers, before: { document: Plan; record: RevisionRecord }, after: Plan, { id, change, named }: OnePackage): Change[] {
  const was = before.document.packages.find((each) => each.id === id);
  const changed = new Map((was ? changesOf(before.record, id) : writers.take(partName.package(id))).map(({ by, revision }) => [by, revision]));
  const add = (by: string) => {
    changed.delete(by);
    changed.set(by, change.revision);
  };
  for (const by of writersOfGained(writers, { before: before.document, named, after }, id)) if (by !== change.by) add(by);
  if (differs(before.document, after, id)) add(change.by);
  return [...changed].map(([by, revision]) => ({ by, revision }));
}

/** In any of its waves: what is signed in one of them may be what was applied for another. Also in no wave, because another revision may bring it into one. */
function differs(before: Plan, after: Plan, id: string): boolean {
  const [had, has] = [wavesOf(before, id), wavesOf(after, id)];
  if (had.length !== has.length) return true;
  return had.some((wave, index) => {
    const other = has[index] ?? '';
    // Most packages are the same, and to hash them takes a hundred times as long.
    const same = JSON.stringify(packageBasis(before, id, wave)) === JSON.stringify(packageBasis(after, id, other));
    return !same && packageDigest(before, id, wave) !== packageDigest(after, id, other);
  });
}

/** No wave has no id. */
function wavesOf(plan: Plan, id: string): string[] {
  if (!plan.packages.some((found) => found.id === id)) return [];
  const waves = wavesWith(plan, id).map((wave) => wave.id);
  return waves.length > 0 ? waves : [''];
}

const wavesWith = (plan: Plan, id: string) => plan.waves.filter(({ packages }) => packages.some((entry) => entry.package === id));

/** Who wrote the parts that what is signed of the package has now, and did not have before. */
function writersOfGained(writers: Writers, { before, named, after }: Compared, id: string): Set<string> {
  const [had, has] = [namedBy(before, id), namedBy(after, id)];
  const found = new Set<string>();
  const addAll = (people: string[]) => people.forEach((person) => found.add(person));
  const newPeople = notIn(has.cohort, had.cohort);
  const newSystems = notIn(has.systems, had.systems);
  for (const person of newPeople) for (const system of has.systems) addAll(writers.ofAccount(person, system));
  for (const system of newSystems) for (const person of has.cohort) addAll(writers.ofAccount(person, system));
  for (const part of notIn(has.parts, had.parts)) addAll(allowsMoreWhenGone(part) && !named.has(part) ? writers.ofNew(part) : writers.of(part));
  const terms = new Set(had.terms.values());
  for (const [wave, text] of has.terms) if (!terms.has(text)) addAll(writers.of(partName.wave(wave)));
  return found;
}

const notIn = (now: ReadonlySet<string>, before: ReadonlySet<string>): string[] => [...now].filter((each) => !before.has(each));

interface Named {
  cohort: Set<string>;
  systems: Set<string>;
  parts: Set<string>;
  /** By wave. */
  terms: Map<string, string>;
}

const nothing: Named = { cohort: new Set(), systems: new Set(), parts: new Set(), terms: new Map() };

/** What packageBasis reads of the plan besides the package itself. */
function namedBy(plan: Plan, id: string): Named {
  const found = plan.packages.find((each) => each.id === id);
  if (!found) return nothing;
  const cohort = new Set(found.cohort);
  const waves = wavesWith(plan, id);
  const { access, all } = namedSystems(found);
  const changesWhatIsReleased = waves.some(({ packages }) => packages.some((entry) => entry.package === id && changesRelease(entry.change)));
  return {
    cohort,
    systems: all,
    parts: new Set([
      ...found.watch.metrics.map(({ metric }) => partName.metric(metric)),
      ...[...(changesWhatIsReleased ? new Set(plan.systems) : access)].map(partName.limit),
      ...[...found.entitlements, ...found.legacy].map(partName.rules),
      ...exceptionsIn(plan, found, cohort),
    ]),
    terms: new Map(waves.map((wave) => [wave.id, JSON.stringify(signedTerms(wave))])),
  };
}

const exceptionsIn = (plan: Plan, found: RolePackage, cohort: ReadonlySet<string>): string[] =>
  rulesOf(plan, found).flatMap((rule) => exceptionsOf(rule, cohort).map(({ person }) => partName.exception(rule.id, person)));
