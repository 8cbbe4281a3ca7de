/**
 * The answer to an open proposal (tune, rollback or question): `approve` (a rollback also for some people only), `finish` (grants what is missing), `freeze`, `afterBlackout` or
 * `decline`.
 */
import { messageRoute } from '../../message-route.ts';
import { withConcernedPeople } from '../concerned-people.ts';

export const routes = [
  messageRoute({
    segment: 'decisions',
    about: 'package',
    to: 'rolePackage',
    type: 'decide',
    complete: withConcernedPeople,
    summary: 'Answer the open proposal: approve, finish granting, freeze, decline, or defer until after the blackout',
    problems: ['unknown-proposal', 'already-decided', 'second-person-needed', 'in-the-past'],
  }),
];
