/**
 * How a request is answered, as data. The command line, a mail, a webhook and the pages each derive their own text, command or link from it.
 * Times are plan time.
 */
import { z } from 'zod';
import { openAnswer } from '../authority/open-answer.ts';
import { addressShape } from '../address.ts';
import { readinessItems } from '../plan/schema.ts';
import { tuneSchema } from '../tune/tune.ts';
import { planMs } from '../views/instants.ts';

const inWave = z.strictObject({ plan: z.string(), wave: z.string() });
const inPackage = inWave.extend({ package: z.string() });
const inEither = inWave.extend({ package: z.string().exactOptional() });

/** The names of the message's fields that the person who answers must supply. */
const supply = <const T extends readonly [string, ...string[]]>(...fields: T) => z.array(z.enum(fields));

const action = <T extends string, A extends z.ZodType, F extends z.ZodType>(type: T, target: A, fields: F) =>
  z.strictObject({ type: z.literal(type), target, fields });

/** `type` is the message that answers, or a page to read where no message answers. */
export const actionSchema = z
  .discriminatedUnion('type', [
    /** Approves or rejects exactly what these digests name. */
    action(
      'signOff',
      inPackage,
      z.strictObject({
        planDigest: z.string(),
        previewDigest: z.string(),
        signer: z.string().exactOptional().describe('whose sign-off is missing; for the owner, a delegate may give it'),
        by: z
          .array(z.string())
          .exactOptional()
          .describe('where separation of duties asks for another person: who that may be. Neither this nor signer: requests of before 0.4.0'),
        supply: supply('decision'),
      }),
    ),
    action('evidence', inPackage, z.strictObject({ item: z.enum(readinessItems), supply: supply('reference', 'expiresMs', 'tookMs') })),
    action('setDate', inEither, z.strictObject({ supply: supply('goLiveMs') })),
    /** The date and the people from an earlier approval: all approvals must name the same. */
    action(
      'liftHold',
      inWave,
      z.strictObject({
        goLiveMs: planMs.exactOptional(),
        pilot: z.array(z.string()).exactOptional(),
        since: z
          .int()
          .positive()
          .exactOptional()
          .describe('the revision since which the wave is held like this: an approval that names it counts for this hold alone'),
        by: z.array(z.string()).exactOptional().describe('who has not approved it yet; absent: requests of before 0.4.0'),
        supply: supply('goLiveMs', 'reason'),
      }),
    ),
    action('review', inWave, z.strictObject({ supply: supply('successes', 'challenges', 'improvements') })),
    action(
      'decide',
      inPackage,
      z.strictObject({
        proposal: z.string(),
        kind: z.enum(['tune', 'rollback', 'question']),
        tune: tuneSchema.exactOptional().describe('for a tune: what is proposed'),
        answers: z.array(openAnswer).describe('the answers that are possible now, and who may give each'),
        supply: supply('answer', 'reason'),
      }),
    ),
    action('certify', inPackage, z.strictObject({ supply: supply('reason', 'riskUntilMs') })),
    /** A claim of a person on access of the package: `claim` renews it with another date, `endClaim` ends it. `by`: who may. */
    action('claim', inPackage, z.strictObject({ claim: z.string(), by: z.array(z.string()), supply: supply('untilMs', 'reason') })),
    action('endClaim', inPackage, z.strictObject({ claim: z.string(), by: z.array(z.string()), supply: supply('reason') })),
    /** Something to fix outside Rolewave. The state of the plan, wave or package says what. */
    action('show', z.strictObject(addressShape), z.strictObject({})),
    /** What the approved rollback waits for, and would do. */
    action('previewRollback', inPackage, z.strictObject({ proposal: z.string() })),
  ])
  .meta({ id: 'Action' });

export type Action = z.output<typeof actionSchema>;
export type ActionType = Action['type'];
export type ActionOf<T extends ActionType> = Extract<Action, { type: T }>;
