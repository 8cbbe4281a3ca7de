/** Checks who may read what a route answers, or ask for what it does, before the route is handled. */
import { readsAt, readsPackage, readsNothing, type Reading } from '../domain/authority/who-reads.ts';
import { Problem } from './errors.ts';
import type { Reads } from './readers.ts';
import type { Asked, Services } from './route.ts';

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
