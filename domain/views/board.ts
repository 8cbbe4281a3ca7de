/**
 * The Deploy & Maintain board: one answer with all that the page shows, as one person may read it. What is in full is for those who act for the package, as
 * in the lists; others get counts and states, and the fields that are then absent say so.
 */
import { z } from 'zod';
import { addressShape } from '../address.ts';
import { riskSchema } from '../plan/schema.ts';
import { requestKinds } from '../notices/request.ts';
import { activityActions, nextActionNames, packageStates } from '../states.ts';
import { verdictKinds } from '../watch/measurement.ts';
import { planMs, realMs } from './instants.ts';
import { leftOut } from './not-shown.ts';

const inWave = { plan: z.string(), wave: z.string() };
const inPackage = { ...inWave, package: z.string() };

/** The tense of colors: what a part of a sentence or a row stands for. */
export const tones = ['watch', 'tune', 'roll', 'ok', 'wait'] as const;

/** A sentence, part by part. A part with `filter` is a count, and leads to the table with those packages. */
export const sentencePart = z.strictObject({
  text: z.string(),
  tone: z.enum(tones).exactOptional(),
  filter: z
    .strictObject({ state: z.array(z.enum(packageStates)), released: z.boolean().exactOptional() })
    .exactOptional()
    .describe('leads to the packages in one of these states, in any where none is named; `released`: only those that are, or are not'),
});
export type SentencePart = z.output<typeof sentencePart>;

export const boardPlan = z.strictObject({
  plan: z.string(),
  description: z.string().exactOptional().describe('absent: the reader does not act in this plan'),
  revision: z.int(),
  nowMs: planMs,
  dayMs: z.number().describe('how much real time a day of the plan takes, in milliseconds: 86400000 except in a demonstration'),
  next: z.strictObject({ wave: z.string(), goLiveMs: planMs }).exactOptional().describe('the next go-live'),
  blackout: z.strictObject({ id: z.string(), fromMs: planMs, untilMs: planMs }).exactOptional().describe('the one in force, or the next one'),
});
export type BoardPlan = z.output<typeof boardPlan>;

export const boardPerson = z.strictObject({ id: z.string(), name: z.string() });
export type BoardPerson = z.output<typeof boardPerson>;

/** `mine`: the reader is asked for it. `open`: anyone may look. `takes`: takes access away. */
export const boardAction = z.strictObject({
  name: z.string().describe("the button's words"),
  kind: z.enum(['mine', 'open', 'takes']),
  asks: z.enum(requestKinds).exactOptional().describe('the open request to the reader that it answers'),
});
export type BoardAction = z.output<typeof boardAction>;

export const boardLine = z.strictObject({
  metric: z.string(),
  values: z.array(z.number().nullable()).describe('of the last evaluations, oldest first; null: no data'),
  bound: z.number().exactOptional(),
  breached: z.enum(['tune', 'roll']).exactOptional().describe('by the last value'),
});
export type BoardLine = z.output<typeof boardLine>;

export const besideState = z.enum(['before release', 'never released', 'not watched']).describe('stands beside the state, which never stands alone then');

export const boardPackage = z
  .strictObject({
    ...inPackage,
    number: z.int().describe('its place in the plan'),
    name: z.string(),
    description: z.string().exactOptional(),
    owner: boardPerson.exactOptional(),
    team: z.string(),
    risk: riskSchema,
    state: z.enum(packageStates),
    beside: besideState.exactOptional(),
    released: z.boolean(),
    nextAction: z.enum(nextActionNames),
    when: z.strictObject({
      status: z.enum(['released', 'dated', 'tentative', 'on hold', 'held back']),
      atMs: planMs.exactOptional().describe('of its release, or of its go-live'),
    }),
    people: z.int().describe('how many it is for'),
    telemetry: z.strictObject({
      days: z.number().describe('length of the watch'),
      day: z.number().exactOptional().describe('1, 2, … of the running watch; absent: it does not run'),
      endMs: planMs.exactOptional(),
      paused: z.literal(true).exactOptional(),
      watched: z.array(z.string()).describe('ids of the metrics; empty once nothing is watched any more'),
      evaluations: z.int(),
      verdict: z.enum(verdictKinds).exactOptional().describe('of the last evaluation'),
      line: boardLine.exactOptional(),
    }),
    note: z.string().exactOptional().describe('maintenance note'),
    action: boardAction,
    onlyNamed: z
      .literal(true)
      .exactOptional()
      .describe('of a plan that only names the reader: neither does the site file give it to the reader, nor has the reader acted in it'),
    unanswered: z.literal(true).exactOptional().describe('its workflow does not answer: this is what is known without it'),
    waits: z
      .strictObject({ systems: z.array(z.string()), sinceMs: realMs.exactOptional() })
      .exactOptional()
      .describe('what is done for it in these systems fails and is tried again; absent: it waits for no system'),
  })
  .meta({ id: 'BoardPackage' });
export type BoardPackage = z.output<typeof boardPackage>;

export const readinessParts = ['rollout steps', 'owner handoff', 'fallback coverage', 'owner preparedness', 'telemetry plan'] as const;
export type ReadinessPart = (typeof readinessParts)[number];

export const boardReadiness = z
  .strictObject({
    ...inPackage,
    name: z.string(),
    released: z.boolean(),
    parts: z.array(z.strictObject({ part: z.enum(readinessParts), ok: z.boolean() })),
    missing: z.array(
      z.strictObject({
        part: z.enum(readinessParts),
        what: z.string(),
        by: z.array(boardPerson).exactOptional().describe('who can supply it, ten at most; absent where the reader does not act for the package'),
        more: z.int().exactOptional().describe('how many others can'),
        mine: z.literal(true).exactOptional().describe('the reader can'),
      }),
    ),
    line: z.string().describe('where it stands, in words'),
  })
  .meta({ id: 'BoardReadiness' });
export type BoardReadiness = z.output<typeof boardReadiness>;

export const focusKinds = [
  'rollback',
  'silent',
  'waiting',
  'refused',
  'question',
  'tune',
  'overdue',
  'heldBack',
  'request',
  'drill',
  'legacy',
  'noData',
  'blackout',
  'signOff',
] as const;
export const boardFocus = z
  .strictObject({
    id: z.string().describe('the same for the same matter, so that a page can follow it'),
    ...inWave,
    package: z.string().exactOptional(),
    kind: z.enum(focusKinds),
    title: z.string(),
    why: z.string().describe('in numbers: what, how much, for whom, until when'),
    action: boardAction,
  })
  .meta({ id: 'BoardFocus' });
export type BoardFocus = z.output<typeof boardFocus>;

export const activity = z
  .strictObject({
    id: z.string().describe('of the event'),
    ...addressShape,
    name: z.string().exactOptional().describe('of the package'),
    atMs: planMs,
    action: z.enum(activityActions),
    by: boardPerson.exactOptional().describe('absent: Rolewave'),
    text: z.string(),
    note: z.string().exactOptional().describe('the ops note: what operations does with it'),
  })
  .meta({ id: 'Activity' });
export type Activity = z.output<typeof activity>;

const next = z.string().exactOptional().describe('the cursor of the next page; absent on the last page');
export const activityList = z.strictObject({ activity: z.array(activity), next }).meta({ id: 'ActivityList' });
export type ActivityList = z.output<typeof activityList>;

export const boardView = z
  .strictObject({
    reader: boardPerson,
    atMs: realMs.describe('when it was put together; real time'),
    plans: z.array(boardPlan),
    headline: z.array(sentencePart),
    readiness: z.array(boardReadiness),
    focus: z.array(boardFocus).describe('ranked, the most urgent first'),
    packages: z.array(boardPackage).describe('those of own plans first: plans that the site file gives to the reader, or in which the reader has acted'),
    recent: activityList,
    silent: z.int().exactOptional().describe('how many waves and packages do not answer; absent: none'),
    notShown: leftOut,
    waiting: z
      .array(z.strictObject({ plan: z.string(), messages: z.int(), untilMs: realMs.describe('when the last of them is sent; real time') }))
      .exactOptional()
      .describe('notices that are sent later, because their plan sends more than the site allows in an hour; absent: none'),
  })
  .meta({ id: 'Board' });
export type BoardView = z.output<typeof boardView>;

/** What an event stream says that changed: ask again for what concerns it. */
export const changed = z.strictObject({ ...addressShape, version: z.string().describe('differs whenever something else changed') }).meta({ id: 'Changed' });
export type Changed = z.output<typeof changed>;

/** The `data` of the events of a stream, by the event's name. */
export const liveView = z
  .strictObject({
    changed: changed.exactOptional(),
    activity: activity.exactOptional(),
    missed: z.strictObject({}).exactOptional(),
    heartbeat: z.strictObject({ atMs: realMs }).exactOptional(),
  })
  .meta({ id: 'Live' })
  .describe('by the name of the event, the JSON of its `data`');
