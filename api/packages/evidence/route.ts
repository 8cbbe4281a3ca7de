/** Evidence for a package's readiness: handoff, drill, backup, training, an accepted risk. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'evidence',
    about: 'package',
    to: 'wave',
    type: 'evidence',
    summary: 'Record evidence for one item of the checklist, or waive it with a reason',
    problems: ['missing-field', 'expired', 'in-the-past'],
  }),
];
