/** The people of the applied plans and of the site file, with what they do there: for the page on which a person is picked. */
import type { Plan } from '../../domain/plan/schema.ts';
import { peopleNamedBy } from '../../domain/site/people.ts';
import type { CurrentSite } from '../../settings/site.ts';
import type { StoreReader } from '../../store/contract.ts';
import { inParallel } from '../in-parallel.ts';

export interface PlanPerson {
  id: string;
  /** In the plan that was applied last; the id where only the site file names them. */
  name: string;
  /** `owner of Finance Month-End Operator`, `operator`, `administrator of the site`; none for people who only receive access. */
  parts: string[];
  /** Whether an applied plan has them, and not the site file alone. */
  inPlan: boolean;
}

export type PlanPeople = () => Promise<Map<string, PlanPerson>>;

const plansRead = 500;

/** Of the plans that were applied last; each is read again only when it has another revision. */
export function openPlanPeople(store: Pick<StoreReader, 'plans' | 'latestRevision'>, site: Pick<CurrentSite, 'now'>): PlanPeople {
  let known = new Map<string, { revision: number; people: PlanPerson[] }>();
  return async () => {
    const plans = (await store.plans()).toSorted((a, b) => b.appliedAtMs - a.appliedAtMs).slice(0, plansRead);
    const read = await inParallel(8, plans, async ({ plan, revision }) => {
      const before = known.get(plan);
      if (before?.revision === revision) return [plan, before] as const;
      const latest = await store.latestRevision(plan);
      return [plan, { revision: latest?.number ?? revision, people: latest ? peopleIn(latest.document) : [] }] as const;
    });
    known = new Map(read);
    const all = new Map<string, PlanPerson>();
    for (const [, { people }] of read)
      for (const person of people) {
        const before = all.get(person.id);
        all.set(person.id, before ? { ...before, parts: [...new Set([...before.parts, ...person.parts])] } : person);
      }
    for (const [id, parts] of peopleNamedBy(site.now())) {
      const before = all.get(id);
      all.set(id, before ? { ...before, parts: [...before.parts, ...parts] } : { id, name: id, parts, inPlan: false });
    }
    return all;
  };
}

export function peopleIn(plan: Plan): PlanPerson[] {
  const parts = new Map<string, string[]>(plan.people.map(({ id }) => [id, []]));
  const does = (id: string, part: string) => parts.get(id)?.push(part);
  const names = new Map(plan.people.map(({ id, name }) => [id, name]));
  for (const id of plan.operators) does(id, 'operator');
  for (const id of plan.notices.onCall ?? []) does(id, 'on call');
  for (const { owner, name } of plan.packages) does(owner, `owner of ${name}`);
  for (const { requires, name } of plan.packages) if (requires.drill) does(requires.drill.signedBy, `signs the drill of ${name}`);
  for (const { of, to } of plan.delegates) does(to, `delegate of ${names.get(of) ?? of}`);
  for (const { id: wave, alsoSigns, hold } of plan.waves) {
    for (const id of alsoSigns) does(id, `signs for ${wave}`);
    for (const id of hold?.liftedBy ?? []) does(id, `lifts the hold of ${wave}`);
  }
  return plan.people.map(({ id, name }) => ({ id, name, parts: [...new Set(parts.get(id))], inPlan: true }));
}
