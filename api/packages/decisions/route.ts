/** The answer to an open proposal (tune, rollback or question): approve, hold or decline. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'decisions',
    about: 'package',
    to: 'rolePackage',
    type: 'decide',
    summary: 'Approve, hold or decline the open proposal',
    problems: ['unknown-proposal', 'already-decided', 'second-person-needed'],
  }),
];
