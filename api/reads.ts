/** Who may read what a route answers, or ask for what it does. Every route declares one of these, and it is checked here before the route is handled. */
import { readsAt, readsPackage, readsNothing, type Reading } from '../domain/authority/who-reads.ts';
import { Problem, type ErrorCode } from './errors.ts';
import type { Asked, Services } from './route.ts';

interface Readers {
  /** For people, in the documentation. */
  who: string;
  /** With which errors others are answered. */
  problems: ErrorCode[];
}

export const readers = {
  anyone: { who: 'anyone, without a token', problems: [] },
  rows: { who: 'anyone with a token; the list has only what they may read', problems: [] },
  plan: { who: 'those who see the plan; in full where they act, otherwise counts and states', problems: ['unknown-plan'] },
  package: { who: 'those who act for the package', problems: ['unknown-plan', 'not-a-reader'] },
  actors: {
    who: 'those who act for the package, or for a message to a wave anywhere in the plan; the message decides which of them may send it',
    problems: ['unknown-plan', 'not-authorized'],
  },
  appliers: { who: 'those whom the site lets apply the plan', problems: ['not-an-applier'] },
  operators: { who: 'operators of the plan', problems: ['not-an-operator'] },
} as const satisfies Record<string, Readers>;
export type Reads = keyof typeof readers;

/** Throws the problem that says what the caller is missing. A plan that they do not see looks like one that does not exist. */
export async function readingFor(reads: Reads, { params, caller }: Pick<Asked<unknown, unknown>, 'params' | 'caller'>, services: Services): Promise<Reading> {
  const { plan, wave = '', package: rolePackage = '' } = params;
  // These answer for no plan of their path: the route reads what its rows, its plan or its notice name.
  if (plan === undefined) return readsNothing('');
  const reading = await services.readings.of(plan, caller);
  if (!reading.sees) throw unknownPlan(plan);
  if (reads === 'package' && !readsPackage(reading, wave, rolePackage))
    throw new Problem(
      'not-a-reader',
      `You neither own '${rolePackage}', nor stand in for its owner, nor sign for the wave '${wave}', nor operate the plan '${plan}'.`,
    );
  if (reads === 'actors' && !(params.package === undefined ? reading.acts : readsAt(reading, { wave, package: rolePackage })))
    throw new Problem(
      'not-authorized',
      reading.parts.has('expired delegate')
        ? `Your delegation in the plan '${plan}' has ended.`
        : `You do not act here: you neither own ${params.package === undefined ? 'one of its packages' : `'${rolePackage}'`}, nor stand in for ${params.package === undefined ? 'an' : 'its'} owner, nor sign, nor operate the plan '${plan}'.`,
    );
  return reading;
}

export const unknownPlan = (plan: string): Problem =>
  new Problem('unknown-plan', `There is no plan '${plan}' in which you have a part or that the site lets you read.`);
