/** Ends a released package and undoes what its release did. */
import { refuseAbortByOne } from '../../ended-by-two.ts';
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'abort',
    about: 'package',
    to: 'rolePackage',
    type: 'abort',
    summary: 'Abort the package and undo what its release did; not where two people must approve its rollback',
    refusedHere: refuseAbortByOne,
    problems: ['second-person-needed'],
  }),
];
