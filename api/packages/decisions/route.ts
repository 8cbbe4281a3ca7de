/**
 * The answer to an open proposal (tune, rollback or question): now (`approve`, of a rollback perhaps for some people only), frozen (`hold`), after the
 * blackout, or not at all.
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
    summary: 'Answer the open proposal: approve, hold, decline, or after the blackout',
    problems: ['unknown-proposal', 'already-decided', 'second-person-needed', 'in-the-past'],
  }),
];
