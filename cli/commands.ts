/**
 * Every command: its group, its name, its summary, and where the rest of it is. Only what is asked for is loaded, which keeps the start short: the help of
 * the whole needs no more than this.
 */
import type { Command } from 'commander';
import type { Io } from './io.ts';

export type Add = (program: Command, io: Io) => void;

export interface CommandEntry {
  name: string;
  summary: string;
  load: () => Promise<Add>;
}

export const groups: { heading: string; commands: CommandEntry[] }[] = [
  {
    heading: 'Get started:',
    commands: [
      {
        name: 'init',
        summary: 'write a first plan from what a system contains; needs no endpoint',
        load: async () => (await import('./commands/init.ts')).addInit,
      },
      {
        name: 'observe',
        summary: 'watch a role that is already live, without changing anything',
        load: async () => (await import('./commands/observe.ts')).addObserve,
      },
      {
        name: 'doctor',
        summary: 'check what is reachable, what is wrong and how to fix it',
        load: async () => (await import('./commands/doctor.ts')).addDoctor,
      },
      {
        name: 'systems',
        summary: 'show what the servers of your systems really do, or measure it',
        load: async () => (await import('./commands/systems.ts')).addSystems,
      },
    ],
  },
  {
    heading: 'Plans:',
    commands: [
      {
        name: 'validate',
        summary: 'check a plan and report every mistake at once; needs no endpoint',
        load: async () => (await import('./commands/validate.ts')).addValidate,
      },
      {
        name: 'plan',
        summary: 'show what a plan would change in the live systems, without changing anything',
        load: async () => (await import('./commands/plan.ts')).addPlan,
      },
      { name: 'metric', summary: 'try a metric of a plan: what it measures now', load: async () => (await import('./commands/metric.ts')).addMetric },
      {
        name: 'apply',
        summary: 'store a plan as the next revision and send it to its waves',
        load: async () => (await import('./commands/apply.ts')).addApply,
      },
      { name: 'consent', summary: 'agree to a plan that takes a say from you', load: async () => (await import('./commands/consent.ts')).addConsent },
      {
        name: 'schema',
        summary: 'print the JSON Schema of a plan or a site file, for editors',
        load: async () => (await import('./commands/schema.ts')).addSchema,
      },
    ],
  },
  {
    heading: 'Inspect:',
    commands: [
      { name: 'status', summary: 'show the state of every wave and package', load: async () => (await import('./commands/status.ts')).addStatus },
      { name: 'show', summary: 'show a wave or a package in full', load: async () => (await import('./commands/show.ts')).addShow },
      { name: 'report', summary: 'write the report of a wave as one HTML page', load: async () => (await import('./commands/report.ts')).addReport },
      {
        name: 'notices',
        summary: 'show who is asked for what, and resend failed notices',
        load: async () => (await import('./commands/notices.ts')).addNotices,
      },
      {
        name: 'message',
        summary: 'see how a message was decided that was received earlier',
        load: async () => (await import('./commands/message.ts')).addMessage,
      },
    ],
  },
  {
    heading: 'Before release:',
    commands: [
      { name: 'sign-off', summary: 'sign off a package, or reject it', load: async () => (await import('./commands/sign-off.ts')).addSignOff },
      {
        name: 'evidence',
        summary: 'record evidence for an item of the checklist, or waive it',
        load: async () => (await import('./commands/evidence.ts')).addEvidence,
      },
      { name: 'set-date', summary: 'set or move the go-live of a wave or a package', load: async () => (await import('./commands/set-date.ts')).addSetDate },
      {
        name: 'hold-back',
        summary: 'hold a package back while the rest of its wave goes live',
        load: async () => (await import('./commands/hold-back.ts')).addHoldBack,
      },
      { name: 'lift-hold', summary: 'give one of the approvals that lift a hold', load: async () => (await import('./commands/lift-hold.ts')).addLiftHold },
    ],
  },
  {
    heading: 'After release:',
    commands: [
      { name: 'evaluate', summary: 'evaluate a released package now', load: async () => (await import('./commands/evaluate.ts')).addEvaluate },
      { name: 'extend', summary: 'watch a released package longer', load: async () => (await import('./commands/extend.ts')).addExtend },
      { name: 'pause', summary: 'pause the watch of a released package', load: async () => (await import('./commands/pause.ts')).addPause },
      { name: 'resume', summary: 'resume a paused watch', load: async () => (await import('./commands/resume.ts')).addResume },
      { name: 'tune', summary: 'repair a released package with one tune step', load: async () => (await import('./commands/tune.ts')).addTune },
      { name: 'rollback', summary: 'propose a rollback, or show what one would do', load: async () => (await import('./commands/rollback.ts')).addRollback },
      {
        name: 'claim',
        summary: 'keep access of a package through a rollback, until a date',
        load: async () => (await import('./commands/claim.ts')).addClaim,
      },
      { name: 'end-claim', summary: 'end a claim, or contest one', load: async () => (await import('./commands/claim.ts')).addEndClaim },
      { name: 'decide', summary: 'show the open proposal of a package, and answer it', load: async () => (await import('./commands/decide.ts')).addDecide },
      {
        name: 'accept-content',
        summary: 'accept what a role may do now; it becomes the reviewed content',
        load: async () => (await import('./commands/accept-content.ts')).addAcceptContent,
      },
      {
        name: 'certify',
        summary: 'certify that a released package is still needed as it is',
        load: async () => (await import('./commands/certify.ts')).addCertify,
      },
    ],
  },
  {
    heading: 'At any time:',
    commands: [
      { name: 'note', summary: 'add a note to a wave or a package', load: async () => (await import('./commands/note.ts')).addNote },
      {
        name: 'abort',
        summary: 'end a wave before its release, or end a package and undo its release',
        load: async () => (await import('./commands/abort.ts')).addAbort,
      },
      { name: 'review', summary: 'write the review of a wave, which closes it', load: async () => (await import('./commands/review.ts')).addReview },
    ],
  },
  {
    heading: 'You:',
    commands: [
      { name: 'login', summary: 'sign in at an endpoint, and keep it as a profile', load: async () => (await import('./commands/login.ts')).addLogin },
      { name: 'logout', summary: 'end a sign-in', load: async () => (await import('./commands/logout.ts')).addLogout },
      {
        name: 'profile',
        summary: 'show and change your profiles: which endpoint, and who you are there',
        load: async () => (await import('./commands/profile.ts')).addProfile,
      },
      { name: 'open', summary: 'open the pages in a browser', load: async () => (await import('./commands/open.ts')).addOpen },
      { name: 'completion', summary: 'print the completion of your shell', load: async () => (await import('./commands/completion.ts')).addCompletion },
    ],
  },
];
