/** Sets when a package of a wave goes live, or holds it back. */
import { heldWave, refuseForOtherHold } from '../../lifted-hold.ts';
import { messageRoute } from '../../message-route.ts';
import { refusePastDate } from '../../past-date.ts';

export const routes = [
  messageRoute({
    segment: 'hold-back',
    about: 'package',
    to: 'wave',
    type: 'holdBack',
    summary: 'Hold this package back; the rest of its wave goes live',
    problems: ['missing-field'],
  }),
  messageRoute({
    segment: 'go-live',
    about: 'package',
    to: 'wave',
    type: 'setDate',
    summary: "Set or move this package's go-live",
    refusedHere: refusePastDate,
    problems: ['in-the-past', 'blackout'],
  }),
  messageRoute({
    segment: 'lift-hold',
    about: 'package',
    to: 'wave',
    type: 'liftHold',
    summary: 'Give one of the approvals that lift the hold of its wave',
    aim: heldWave,
    refusedHere: refuseForOtherHold,
    problems: ['not-on-hold', 'missing-field', 'stale-digest', 'pilot-mismatch', 'second-person-needed', 'in-the-past'],
  }),
];
