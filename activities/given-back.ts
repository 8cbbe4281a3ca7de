/**
 * Access that was taken is restored by the recorded ids, whatever the role and the account are called by then. So what the site denies is asked again with the
 * names that the system tells, once it is known what would be made and before any of it takes effect. Here and not in each connector: no kind of system can forget it.
 */
import type { ActualGrant, BeforeCommit, Connector, GrantOutcome, Rehearsed, SwitchOutcome } from '../connectors/connector.ts';

/** Why the site lets nobody have this back, as a sentence; undefined: it does. Asked with today's names. */
export type DeniedRestore = (grant: { role: string; account: string }) => string | undefined;

type Denied = Extract<GrantOutcome, { outcome: 'failed' }>;
type Made = { outcome: string; grant?: { role?: string; account?: string } };

/** The connector, which gives back nothing that is called by now as the site denies it. `denied`: by the site of now. */
export function givingBack(connector: Connector, denied: DeniedRestore): Connector {
  const refusal = (made: Made | undefined, asked: ActualGrant | undefined): Denied | undefined => {
    if (made?.outcome !== 'created' || !asked) return undefined;
    const why = denied({ role: made.grant?.role ?? asked.role, account: made.grant?.account ?? asked.account });
    return why === undefined ? undefined : { outcome: 'failed', why, nothingThere: true };
  };
  const { restore, rehearse, aside, switch: switched } = connector;
  const own: Partial<Connector> = {
    restore: (grants, beforeCommit) => restoring(restore.bind(connector), refusal, grants, beforeCommit),
    rehearse: async (work, signal): Promise<Rehearsed> => {
      const answers = await rehearse.call(connector, work, signal);
      return { ...answers, restore: answers.restore.map((answer, at) => refusal(answer, work.restore[at]) ?? answer) };
    },
  };
  if (aside)
    own.aside = (work) => {
      const beside = aside.call(connector, work);
      return beside && givingBack(beside, denied);
    };
  if (switched)
    own.switch = async (person, beforeCommit) => {
      let refused: SwitchOutcome | undefined;
      const stop = new Stopped();
      try {
        return await switched.call(connector, person, async (outcomes: SwitchOutcome[], transaction?: string) => {
          const [outcome] = outcomes;
          const restored = outcome?.restore.map((each, at) => refusal(each, person.restore[at]) ?? each);
          if (outcome && restored?.some((each, at) => each !== outcome.restore[at])) {
            refused = { ...outcome, restore: restored };
            throw stop;
          }
          await beforeCommit(outcomes, transaction);
        });
      } catch (error) {
        // Nothing was changed, as where the system itself refuses a part of it.
        if (error === stop && refused) return refused;
        throw error;
      }
    };
  // Some of a connector are getters, whose answer changes.
  return Object.assign(Object.create(connector) as Connector, own);
}

/** Thrown before anything takes effect. */
class Stopped extends Error {}

/** Without what is denied, which is known only from the names in the system's answer: so what is left is asked once more. */
async function restoring(
  restore: Connector['restore'],
  refusal: (made: GrantOutcome | undefined, asked: ActualGrant | undefined) => Denied | undefined,
  grants: ActualGrant[],
  beforeCommit: BeforeCommit<GrantOutcome>,
): Promise<GrantOutcome[]> {
  const denied = new Map<ActualGrant, Denied>();
  for (;;) {
    const asked = grants.filter((grant) => !denied.has(grant));
    const all = (outcomes: GrantOutcome[]): GrantOutcome[] => {
      const left = outcomes.values();
      return grants.flatMap((grant) => denied.get(grant) ?? left.next().value ?? []);
    };
    if (asked.length === 0 && grants.length > 0) {
      await beforeCommit(all([]));
      return all([]);
    }
    const stop = new Stopped();
    try {
      const outcomes = await restore(asked, async (made, transaction) => {
        const known = denied.size;
        for (const [at, grant] of asked.entries()) {
          const why = refusal(made[at], grant);
          if (why) denied.set(grant, why);
        }
        if (denied.size > known) throw stop;
        await beforeCommit(all(made), transaction);
      });
      return all(outcomes);
    } catch (error) {
      if (error !== stop) throw error;
    }
  }
}
