/**
 * The leadership report: how the rollout of all waves goes, by team and by period, in counts. It names teams and packages, and never a person. A number that is
 * about fewer than five people whom the reader does not act for is left out of every sum, and `withheld` says of how many packages.
 */
import { z } from 'zod';
import { riskSchema } from '../plan/schema.ts';
import { packageStates } from '../states.ts';
import { verdictKinds } from '../watch/measurement.ts';
import { besideState, boardPerson, tones } from './board.ts';
import { planMs, realMs } from './instants.ts';

/** Weeks begin on Monday, and months on the first, in UTC. */
export const periodLengths = ['week', 'month'] as const;
export type PeriodLength = (typeof periodLengths)[number];

export const subjects = ['adoption', 'exceptions', 'tickets'] as const;
export type Subject = (typeof subjects)[number];

const ofPackages = {
  packages: z.int().describe('released packages that measure it'),
  measured: z.int().describe('of these, packages of which a value is known'),
};
const withheld = z.int().exactOptional().describe('packages whose numbers are left out, because they are about fewer than five people; absent: none');

/** `measured` 0: nothing is known, which is not zero. */
export const shareFigure = z
  .strictObject({
    ...ofPackages,
    beyond: z.int().describe('of these, packages whose last evaluation calls for a tune or a rollback because of it'),
    share: z.strictObject({ count: z.number(), of: z.number() }).exactOptional().describe('of those that measure a share; absent: not known'),
    perDay: z.number().exactOptional().describe('of those that measure a rate; absent: not known'),
    withheld,
  })
  .meta({ id: 'LeadershipShare' });
export type ShareFigure = z.output<typeof shareFigure>;

export const driftFigure = z
  .strictObject({
    ...ofPackages,
    drifted: z.int().describe('of these, packages whose last evaluation found any'),
    found: z.strictObject({ missing: z.int(), outOfBand: z.int(), legacy: z.int(), content: z.int(), options: z.int() }),
  })
  .meta({ id: 'LeadershipDrift' });
export type DriftFigure = z.output<typeof driftFigure>;

const measured = { adoption: shareFigure, exceptions: shareFigure, tickets: shareFigure, drift: driftFigure };

/** What was recorded within the range, or within a period of it. */
const happened = {
  released: z.int(),
  rolledBack: z.int(),
  tunes: z.int(),
  evaluations: z.strictObject({ count: z.int(), byVerdict: z.partialRecord(z.enum(verdictKinds), z.int()) }),
};

export const accessFigure = z
  .strictObject({
    planned: z.int().describe('grants that the packages call for, as previewed; without packages that were rolled back or retired'),
    there: z.int().describe('of these, grants that were made or were there before'),
    failed: z.int(),
    unknown: z.int().describe('grants that could not be confirmed'),
    withoutPreview: z.int().describe('packages without a preview yet: what they call for is not known'),
  })
  .meta({ id: 'LeadershipAccess' });
export type AccessFigure = z.output<typeof accessFigure>;

/** How they stand now. */
export const standing = z
  .strictObject({
    packages: z.int().describe('each once in each wave, without releases that a later one superseded'),
    released: z.int().describe('including those that were rolled back or retired afterwards'),
    waiting: z.int().describe('not released yet'),
    neverReleased: z.int().describe('of waves that are closed or were aborted'),
    monitored: z.int().describe('released, and `Monitoring`'),
    needTuning: z.int(),
    rollbackReady: z.int(),
    stable: z.int(),
    rolledBack: z.int(),
    retired: z.int(),
    highRisk: z.int(),
  })
  .meta({ id: 'LeadershipStanding' });
export type Standing = z.output<typeof standing>;

export const requestsFigure = z
  .strictObject({
    opened: z.int(),
    answered: z.int(),
    open: z.int().describe('neither answered nor withdrawn yet'),
    medianMs: z.number().exactOptional().describe('half of the answers took at most this long; plan time. Absent: no answer'),
  })
  .meta({ id: 'LeadershipRequests' });
export type RequestsFigure = z.output<typeof requestsFigure>;
/** Of those asked, too few for a number that says nothing about one of them. */
const requests = requestsFigure.exactOptional().describe('absent: fewer than five people were asked, and the reader does not act there');

export const leadershipTeam = z
  .strictObject({
    team: z.string().describe("id of the team; '' for the other teams together"),
    teams: z.int().describe('1, or how many teams are in this row'),
    own: z.literal(true).exactOptional().describe("the reader's"),
    standing,
    access: accessFigure,
    ...measured,
    ...happened,
  })
  .meta({ id: 'LeadershipTeam' });
export type LeadershipTeam = z.output<typeof leadershipTeam>;

export const leadershipPeriod = z
  .strictObject({ fromMs: planMs, untilMs: planMs.describe('not included'), ...measured, ...happened, requests })
  .meta({ id: 'LeadershipPeriod' });
export type LeadershipPeriod = z.output<typeof leadershipPeriod>;

export const leadershipPackage = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    name: z.string(),
    team: z.string(),
    risk: riskSchema,
    state: z.enum(packageStates),
    beside: besideState.exactOptional(),
    released: z.boolean(),
    access: accessFigure,
    ...measured,
  })
  .meta({ id: 'LeadershipPackage' });
export type LeadershipPackage = z.output<typeof leadershipPackage>;

export const lineKeys = ['packages', 'next', 'watch', 'access', 'adoption', 'exceptions', 'tickets', 'drift', 'decisions', 'corrections'] as const;
export type LineKey = (typeof lineKeys)[number];

export const leadershipView = z
  .strictObject({
    reader: boardPerson,
    atMs: realMs.describe('when it was put together; real time'),
    plans: z.array(z.strictObject({ plan: z.string(), revision: z.int(), nowMs: planMs, dayMs: z.number() })),
    range: z.strictObject({ fromMs: planMs, untilMs: planMs.describe('not included'), period: z.enum(periodLengths) }),
    team: z.string().exactOptional().describe('only this one was asked for'),
    unknownTeam: z
      .literal(true)
      .exactOptional()
      .describe('the report has no row for the team that was asked for: there is none, or it is among the other teams'),
    teamNames: z.array(z.string()).describe('of the teams that have a row of their own, also where only one is asked for'),
    headline: z.string(),
    lines: z
      .array(z.strictObject({ key: z.enum(lineKeys), title: z.string(), text: z.string(), tone: z.enum(tones).exactOptional() }))
      .describe('the state of the rollout in ten lines'),
    teams: z.array(leadershipTeam),
    periods: z.array(leadershipPeriod).describe('in order, without gaps'),
    packages: z.array(leadershipPackage).describe("by name: those of the reader's teams, and of plans in which they act or which the site lets them read"),
    elsewhere: z.int().describe('packages that are in the totals only'),
    silent: z.int().exactOptional().describe('how many waves and packages do not answer; absent: none'),
    leftOut: z.int().exactOptional().describe('how many packages are not counted, because there are too many: those that ended first; absent: none'),
  })
  .meta({ id: 'Leadership' });
export type LeadershipView = z.output<typeof leadershipView>;
