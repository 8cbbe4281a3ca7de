/** A message that names people must name people whom the release reached. Otherwise a misspelled name would be accepted and nothing would happen. */
import { Problem } from '../errors.ts';
import type { Services } from '../route.ts';
import type { Target } from '../target.ts';

const namedAtMost = 10;

/** Throws `malformed` when the body's `people` names someone who is not in the ledger of this release. */
export async function withConcernedPeople(body: Record<string, unknown>, target: Target, { grants }: Services) {
  const { people } = body as { people?: string[] };
  if (people === undefined) return { body };
  const reached = await grants.of({ plan: target.plan, wave: target.wave, package: String(target.package) });
  const concerned = [...new Set(reached.map(({ person }) => person))].sort();
  const unknown = people.filter((person) => !concerned.includes(person));
  // For a package that is not released, its wave answers that.
  if (concerned.length === 0 || unknown.length === 0) return { body };
  const shown = concerned.slice(0, namedAtMost).join(', ');
  const more = concerned.length > namedAtMost ? ` and ${concerned.length - namedAtMost} more` : '';
  const message = `${unknown.map((person) => `'${person.slice(0, 80)}'`).join(', ')} received nothing from this release. It reached ${shown}${more}`;
  throw new Problem('malformed', `people: ${message}.`, { mistakes: [{ path: 'people', message }] });
}
