/** A repair in production. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'tune',
    about: 'package',
    to: 'rolePackage',
    type: 'tune',
    summary: 'Tune the package by one typed step',
    problems: ['second-person-needed'],
  }),
];
