/** Messages to a wave as a whole. */
import { refuseAbortByOne } from '../../ended-by-two.ts';
import { refuseDateOfReleased } from '../../date-of-released.ts';
import { refuseForOtherHold } from '../../lifted-hold.ts';
import { messageRoute } from '../../message-route.ts';
import { refusePastDate } from '../../past-date.ts';

export const routes = [
  messageRoute({ segment: 'notes', about: 'wave', to: 'wave', type: 'note', summary: 'Add a note to the wave' }),
  messageRoute({
    segment: 'go-live',
    about: 'wave',
    to: 'wave',
    type: 'setDate',
    summary: "Set or move the wave's go-live",
    refusedHere: async (services, target, body, by) => {
      await refusePastDate(services, target, body);
      await refuseDateOfReleased(services, target, by);
    },
    problems: ['in-the-past', 'blackout'],
  }),
  messageRoute({
    segment: 'lift-hold',
    about: 'wave',
    to: 'wave',
    type: 'liftHold',
    summary: 'Give one of the approvals that lift a hold',
    refusedHere: refuseForOtherHold,
    problems: ['not-on-hold', 'missing-field', 'stale-digest', 'pilot-mismatch', 'second-person-needed', 'in-the-past'],
  }),
  messageRoute({
    segment: 'abort',
    about: 'wave',
    to: 'wave',
    type: 'abort',
    summary: 'Abort the wave: packages that are not released yet stay unreleased, and the others are undone, unless two people must approve a rollback of one',
    refusedHere: refuseAbortByOne,
    problems: ['second-person-needed'],
  }),
  messageRoute({ segment: 'review', about: 'wave', to: 'wave', type: 'review', summary: 'Write the review, which closes the wave' }),
];
