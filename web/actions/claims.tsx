/** Claims: a second owner keeps an access through a rollback until a date; its claimant withdraws it, or the owner contests it. */
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { PackageContext } from '../package/reading.ts';
import { instantOf } from './fields.tsx';
import { given, listOf, reasonField, text, type Form } from './form.ts';
import { actionName } from './words.ts';

export function claimForm(action: OpenAction, { view }: PackageContext): Form {
  const roles = view.definition?.entitlements ?? [];
  const written = ({ system, role }: { system: string; role: string }) => `${system}/${role}`;
  return {
    title: 'Keep access through a rollback',
    confirm: actionName(action, undefined),
    kind: 'mine',
    says: (
      <p>
        A rollback keeps this access until the date, and you answer for it until then. The owner of the package is told, and may contest it. At the end you are
        asked: nothing is revoked or kept on by itself. Nobody claims their own access.
      </p>
    ),
    fields: [
      { name: 'people', label: 'Whose access', kind: 'people', required: true },
      { name: 'role', label: 'Role', kind: 'choice', required: true, options: roles.map((each) => ({ value: written(each), label: written(each) })) },
      { name: 'until', label: 'Until (UTC)', kind: 'instant', required: true },
      reasonField,
    ],
    initial: { role: roles[0] ? written(roles[0]) : '' },
    segment: 'claims',
    body: (values) => {
      const { system, role } = roles.find((each) => written(each) === text(values, 'role')) ?? {};
      return given({
        grants: listOf(text(values, 'people')).map((person) => ({ system, role, person })),
        untilMs: instantOf(text(values, 'until')),
        reason: text(values, 'reason'),
      });
    },
  };
}

export function endClaimForm(action: OpenAction, { view, nameOf, me }: PackageContext): Form {
  const claims = view.running?.claims ?? [];
  const owner = view.running?.owner === me?.id;
  const mayEnd = claims.filter(({ by }) => owner || by === me?.id);
  const offered = mayEnd.length > 0 ? mayEnd : claims;
  return {
    title: 'End a claim?',
    confirm: actionName(action, undefined),
    kind: 'takes',
    says: (
      <p>
        A rollback keeps nothing for it any more; what one has kept for it is revoked.{' '}
        {owner ? 'Nobody may claim the same access again in this release.' : 'You may claim it again as long as the owner has not contested it.'}
      </p>
    ),
    fields: [
      {
        name: 'claim',
        label: 'Claim',
        kind: 'choice',
        required: true,
        options: offered.map(({ id, by, grants }) => ({
          value: id,
          label: `${nameOf(by)}: ${grants.map(({ role, person }) => `${role} of ${nameOf(person)}`).join(', ')}`.slice(0, 120),
        })),
      },
      reasonField,
    ],
    initial: { claim: offered[0]?.id ?? '' },
    segment: 'claim-ends',
    body: (values) => given({ claim: text(values, 'claim'), reason: text(values, 'reason') }),
  };
}
