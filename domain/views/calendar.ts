/** The calendar of waves: what goes live when, what is watched until when, what it waits for, and what is in the way. As one person may read it. */
import { z } from 'zod';
import { previewPart } from '../access/preview.ts';
import { riskSchema } from '../plan/schema.ts';
import { packageStates, waveStages } from '../states.ts';
import { besideState, boardPerson } from './board.ts';
import { planMs, realMs } from './instants.ts';
import { leftOut } from './not-shown.ts';

const stretch = { fromMs: planMs, untilMs: planMs };

export const calendarBlackout = z.strictObject({
  id: z.string(),
  reason: z.string(),
  ...stretch,
  packages: z.array(z.string()).exactOptional().describe('ids of the packages that it applies to; absent: all'),
  notShown: z.int().exactOptional().describe('it applies to so many packages, and their ids are left out of a long answer'),
});
export type CalendarBlackout = z.output<typeof calendarBlackout>;

export const calendarPlan = z.strictObject({
  plan: z.string(),
  revision: z.int(),
  nowMs: planMs,
  dayMs: z.number().describe('how much real time a day of the plan takes, in milliseconds: 86400000 except in a demonstration'),
  blackouts: z
    .array(calendarBlackout)
    .exactOptional()
    .describe('blackouts, which are the known peaks too, in order of time; absent: the reader does not act in this plan'),
});
export type CalendarPlan = z.output<typeof calendarPlan>;

/** Of one package for a sign-off that is given or missing. */
export const calendarSigner = z.strictObject({
  ...boardPerson.shape,
  decision: z.enum(['approve', 'reject']).exactOptional().describe('absent: has not signed'),
  atMs: planMs.exactOptional(),
});

export const calendarWait = z.strictObject({
  what: z.string(),
  by: z.array(boardPerson).exactOptional().describe('who can supply it, ten at most; absent where the reader does not act for the package'),
  more: z.int().exactOptional().describe('how many others can'),
  mine: z.literal(true).exactOptional().describe('the reader can'),
});

export const calendarPackage = z
  .strictObject({
    package: z.string(),
    name: z.string(),
    owner: boardPerson.exactOptional().describe('absent: the reader does not act in this plan'),
    team: z.string(),
    risk: riskSchema,
    state: z.enum(packageStates),
    beside: besideState.exactOptional(),
    people: z.int().describe('how many it is for'),
    goLiveMs: planMs.exactOptional().describe('its release, or its planned go-live; absent: it has no date'),
    released: z.boolean(),
    watch: z
      .strictObject({ ...stretch, runs: z.boolean(), paused: z.literal(true).exactOptional() })
      .exactOptional()
      .describe('the watch window: as it runs, or as it would after the planned go-live; absent: no date, or nothing is watched any more'),
    signed: z.strictObject({ approved: z.int(), rejected: z.int(), missing: z.int() }).describe('sign-offs: those that count, and those that are missing'),
    signers: z.array(calendarSigner).exactOptional().describe('absent where the reader does not act for the package'),
    waits: z.array(calendarWait).describe('what its release waits for; empty: nothing, or it is released'),
    preview: z
      .array(previewPart.omit({ conflicts: true, digest: true }))
      .exactOptional()
      .describe('what its release would change, by system; absent: no preview yet'),
    heldBack: z.string().exactOptional().describe('why it did not go live on its date; absent also where the reader does not act for the package'),
    unanswered: z.literal(true).exactOptional().describe('its workflow does not answer: this is what is known without it'),
  })
  .meta({ id: 'CalendarPackage' });
export type CalendarPackage = z.output<typeof calendarPackage>;

export const waveStatuses = ['dated', 'tentative', 'on hold', 'held back', 'released', 'over'] as const;

/** What can be done with a wave as a whole, in the order of a page; the review is a request of its own. */
export const waveActions = ['setDate', 'liftHold', 'note', 'abort'] as const;
export type WaveAction = (typeof waveActions)[number];

export const calendarWave = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    description: z.string().exactOptional().describe('absent: none, or the reader does not act in this plan'),
    stage: z.enum(waveStages),
    notStarted: z.literal(true).exactOptional().describe('its workflow has not begun: this is what the plan says'),
    status: z.enum(waveStatuses),
    goLiveMs: planMs.exactOptional().describe('its next go-live, or else its last release'),
    window: z.strictObject(stretch).exactOptional().describe('the maintenance window: from the go-live of the wave, as long as it may still release'),
    sentence: z.string().describe('where it stands, in words'),
    packages: z.array(calendarPackage),
    signed: z.strictObject({ approved: z.int(), rejected: z.int(), missing: z.int() }),
    systems: z
      .array(previewPart.pick({ system: true, toGrant: true, alreadyThere: true, toRetire: true }).extend({ packages: z.int(), toDrop: z.int() }))
      .describe('the release of what is not released yet, as its previews simulate it, by system; `packages`: how many change something there'),
    withoutPreview: z.int().describe('packages that wait for release and have no preview yet'),
    actions: z
      .array(z.enum(waveActions))
      .exactOptional()
      .describe('what the reader may do with the wave as a whole now; abort: only while nothing of it is released; absent: nothing'),
    hold: z
      .strictObject({
        reason: z.string(),
        since: z.int().exactOptional().describe('the revision since which it is held like this: what the approval names'),
      })
      .exactOptional()
      .describe('where the reader may lift the hold: which hold that is'),
  })
  .meta({ id: 'CalendarWave' });
export type CalendarWave = z.output<typeof calendarWave>;

export const conflictKinds = ['sameCohort', 'withinBlackout', 'besidePeak'] as const;
export const calendarConflict = z
  .strictObject({
    plan: z.string(),
    kind: z.enum(conflictKinds),
    packages: z.array(z.strictObject({ wave: z.string(), package: z.string(), name: z.string() })).describe('two on one cohort; otherwise one'),
    people: z.int().exactOptional().describe('how many people get both'),
    blackout: z.string().exactOptional(),
    fromMs: planMs.exactOptional().describe('absent, as `untilMs`: one of the two has no date yet'),
    untilMs: planMs.exactOptional(),
    text: z.string(),
    advice: z.string().describe('what can be done about it'),
  })
  .meta({ id: 'CalendarConflict' });
export type CalendarConflict = z.output<typeof calendarConflict>;

export const calendarView = z
  .strictObject({
    reader: boardPerson,
    atMs: realMs.describe('when it was put together; real time'),
    plans: z.array(calendarPlan),
    waves: z.array(calendarWave).describe('by their go-live; those without a date last'),
    conflicts: z.array(calendarConflict).describe('in which the reader acts for a package, in order of time'),
    more: z.literal(true).exactOptional().describe('there are more conflicts than are listed'),
    silent: z.int().exactOptional().describe('how many waves and packages do not answer; absent: none'),
    notShown: leftOut,
  })
  .meta({ id: 'Calendar' });
export type CalendarView = z.output<typeof calendarView>;
