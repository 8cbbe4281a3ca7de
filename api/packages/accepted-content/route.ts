/** The owner accepts what a role may do now, as the last evaluation found it. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'accepted-content',
    about: 'package',
    to: 'rolePackage',
    type: 'acceptContent',
    summary: 'Accept what a role may do now, by its digest in `running.contents` of the package; it becomes the reviewed content',
    problems: ['stale-content'],
  }),
];
