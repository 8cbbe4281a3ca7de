/** A repair in production. */
import { messageRoute } from '../../message-route.ts';
import { withConcernedPeople } from '../concerned-people.ts';

export const routes = [
  messageRoute({
    segment: 'tune',
    about: 'package',
    to: 'rolePackage',
    type: 'tune',
    complete: withConcernedPeople,
    summary: 'Tune the package with one typed step',
    problems: ['second-person-needed'],
  }),
];
