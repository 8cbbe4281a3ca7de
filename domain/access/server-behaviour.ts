/**
 * What the server of a system really does, behaviour by behaviour, and what a release needs of it. Standards leave much of it open, and servers differ from what
 * they say. A connector's probe answers (connectors/connector.ts); here is only what the answers mean.
 */
import { z } from 'zod';

/** Each answer as people read it, after 'the server'. */
const phrases = {
  addOne: {
    leavesOthers: 'adds one holder and leaves the others',
    replacesOthers: 'replaces all holders by the one that is added',
    changesNothing: 'answers that it added a holder, and does not',
    refused: 'refuses to add a holder',
  },
  addAgain: {
    changesNothing: 'changes nothing where a holder is added again',
    refused: 'refuses to add a holder again',
    doubles: 'lists a holder twice who is added again, and one removal takes both',
    stacks: 'lists a holder twice who is added again, and one removal takes only one',
  },
  addUnknown: {
    refused: 'refuses a holder whom it does not know',
    accepted: 'takes a holder whom it does not know',
    changesNothing: 'leaves out a holder whom it does not know, and says nothing',
  },
  removeOne: {
    leavesOthers: 'removes one holder and leaves the others',
    removesOthers: 'removes other holders, too, where one is removed',
    changesNothing: 'answers that it removed a holder, and does not',
    refused: 'refuses to remove a holder',
  },
  removeAbsent: {
    changesNothing: 'changes nothing where somebody is removed who holds nothing',
    refused: 'refuses to remove somebody who holds nothing',
    removesOthers: 'removes other holders where somebody is removed who holds nothing',
  },
  removeLast: { done: 'removes the last holder', refused: 'refuses to remove the last holder' },
  staleChange: {
    refused: 'refuses a change of what has changed since it was read',
    applied: 'makes a change although somebody else has changed the same since it was read',
    refusesAll: 'refuses every change that names a version, its own current one too',
    notOffered: 'does not compare a change with what was read',
  },
  partlyBad: {
    refusedWhole: 'changes nothing where a part of a request is wrong',
    doneInPart: 'does one part of a request and refuses the other',
    ignored: 'does one part of a request, leaves out what is wrong in it, and says nothing',
    notOffered: 'takes one change in each request',
  },
  regrant: {
    told: 'shows that an access was taken away and given again',
    byGrantor: 'shows who gave an access, and not whether it was taken away and given again',
    notTold: 'does not show whether an access was taken away and given again',
  },
} as const;

type Phrases = typeof phrases;
export type Behaviour = keyof Phrases;
export type AnswerTo<B extends Behaviour> = keyof Phrases[B] & string;
export const behaviours = Object.keys(phrases) as Behaviour[];

/**
 * `measured`: it was tried in a scratch role. `said`: the server, or its version, says so. `standard`: its standard or its maker's documentation requires it.
 * `assumed`: nothing tells, and the worse is taken.
 */
const bases = ['measured', 'said', 'standard', 'assumed'] as const;
export type Basis = (typeof bases)[number];

export type Findings = { [B in Behaviour]?: { is: AnswerTo<B>; by: Basis } };

const answersTo = <B extends Behaviour>(behaviour: B) =>
  z.strictObject({ is: z.enum(Object.keys(phrases[behaviour]) as [AnswerTo<B>, ...AnswerTo<B>[]]), by: z.enum(bases) }).optional();
/** As they are stored and shown. */
export const findingsSchema = z.strictObject({
  addOne: answersTo('addOne'),
  addAgain: answersTo('addAgain'),
  addUnknown: answersTo('addUnknown'),
  removeOne: answersTo('removeOne'),
  removeAbsent: answersTo('removeAbsent'),
  removeLast: answersTo('removeLast'),
  staleChange: answersTo('staleChange'),
  partlyBad: answersTo('partlyBad'),
  regrant: answersTo('regrant'),
} satisfies Record<Behaviour, z.ZodType>);

/** What was found out about one place. */
export const serverRecordSchema = z.strictObject({
  /** Name and version, as the server says them. */
  server: z.string().max(500),
  /** Real time. */
  atMs: z.number(),
  findings: findingsSchema,
  /** Why nothing was measured, a sentence without its full stop. */
  problem: z.string().max(1_000).optional(),
  /** A scratch role that a probe may have left, because it died or the server did not answer: the next one removes it. */
  left: z.string().max(200).optional(),
});
export type ServerRecord = Omit<z.output<typeof serverRecordSchema>, 'findings'> & { findings: Findings };

/** What a connector's effects rely on: one of the answers, for grants or for revokes. */
export interface Reliance<B extends Behaviour = Behaviour> {
  behaviour: B;
  answers: AnswerTo<B>[];
  for: 'grant' | 'revoke';
  /** What happens otherwise, a sentence without its full stop. */
  otherwise: string;
  fix: string;
  /** Without it, Rolewave leaves what it granted: safe, but no rollback. The site may accept that. */
  mayBeAccepted?: true;
}

export const relies = <B extends Behaviour>(reliance: Reliance<B>): Reliance => reliance as unknown as Reliance;

/** What every connector that adds one holder at a time relies on. */
export const reliesOnAdding = (fix: string): Reliance =>
  relies({ behaviour: 'addOne', answers: ['leavesOthers'], for: 'grant', otherwise: 'a grant cannot be made, or takes the access of others', fix });

export const reliesOnRemoving = (fix: string, others: string): Reliance =>
  relies({ behaviour: 'removeOne', answers: ['leavesOthers'], for: 'revoke', otherwise: `a revoke or a rollback cannot be made, or ${others}`, fix });

/** Where others change the same holders: without it, a rollback leaves what was granted, which the site may accept. */
export const reliesOnRegrant = (fix: string): Reliance =>
  relies({
    behaviour: 'regrant',
    answers: ['told'],
    for: 'revoke',
    otherwise: 'a rollback would leave what was granted, because it may be the access that somebody else gave later',
    fix,
    mayBeAccepted: true,
  });

export const phraseOf = (findings: Findings, behaviour: Behaviour): string | undefined => {
  const is = findings[behaviour]?.is;
  return is === undefined ? undefined : (phrases[behaviour] as Record<string, string>)[is];
};

export interface Lacking {
  behaviour: Behaviour;
  text: string;
  fix: string;
}

/** What the server lacks for these effects. `accepted`: the site accepts rollbacks that leave what was granted. */
export function lackingIn(findings: Findings, reliances: readonly Reliance[], effects: readonly ('grant' | 'revoke')[], accepted: boolean): Lacking[] {
  return reliances.flatMap(({ behaviour, answers, for: effect, otherwise, fix, mayBeAccepted }) => {
    const finding = findings[behaviour];
    if (!effects.includes(effect) || (mayBeAccepted && accepted)) return [];
    if (finding && (answers as string[]).includes(finding.is)) return [];
    const phrase = phraseOf(findings, behaviour) ?? 'was not asked';
    return [{ behaviour, text: `the server ${phrase} (${basisWords[finding?.by ?? 'assumed']}): ${otherwise}`, fix }];
  });
}

const basisWords: Record<Basis, string> = {
  measured: 'measured',
  said: 'as it says itself',
  standard: 'as documented',
  assumed: 'assumed, because it was not measured',
};

/** One line each, for people. */
export const findingLines = (findings: Findings): string[] =>
  behaviours.flatMap((behaviour) => {
    const phrase = phraseOf(findings, behaviour);
    return phrase === undefined ? [] : [`${phrase} (${basisWords[findings[behaviour]?.by ?? 'assumed']})`];
  });

const dayMs = 86_400_000;
/** A probe that could not be made is tried again after it. */
const againMs = 3_600_000;

export const notMeasured = 'nothing was measured yet';

/** Why a record no longer counts; undefined: it does. */
export function outdatedBecause(record: ServerRecord | undefined, now: { server: string; atMs: number; days: number }): string | undefined {
  if (!record) return notMeasured;
  if (record.server !== now.server) return `the server says now that it is ${now.server}, and was ${record.server} when it was measured`;
  if (record.left !== undefined) return `it could not be measured: ${record.problem ?? 'the server did not answer'}`;
  const age = now.atMs - record.atMs;
  if (record.problem !== undefined) return age > againMs ? `it could not be measured: ${record.problem}` : undefined;
  return age > now.days * dayMs ? `it was measured more than ${now.days} days ago` : undefined;
}
