/** Connectors that each break one promise, and the tests of the contract that must notice. */
import type { ActualGrant, Connector, GrantOutcome } from '../../../connectors/connector.ts';
import type { NoneConnector } from '../../../connectors/none/connector.ts';

export interface Defect {
  name: string;
  broken(system: NoneConnector): Connector;
  /** Words of tests that must fail, among others. */
  noticedBy: string[];
}

const nothing = async () => undefined;

export const defects: Defect[] = [
  {
    name: 'goes on telling of a change after a later one',
    broken: (system) => {
      const { lastChange } = system;
      if (!lastChange) throw new Error('the peer tells of no changes');
      const first = new Map<string, unknown>();
      return {
        ...system,
        lastChange: async (pairs) => {
          const answer = await lastChange(pairs);
          const key = JSON.stringify(pairs);
          if (!first.has(key)) first.set(key, answer);
          return first.get(key) as typeof answer;
        },
      };
    },
    noticedBy: ['the last change of an access is the one that was made last'],
  },
  {
    name: 'takes the old access although the new one is refused',
    broken: (system) => ({
      ...system,
      switch: async ({ revoke, grant, restore }, beforeCommit) => {
        const outcome = {
          revoke: await system.revoke(revoke, nothing),
          grant: await system.grant(grant, nothing),
          restore: await system.restore(restore, nothing),
        };
        await beforeCommit([outcome], '1');
        return outcome;
      },
    }),
    noticedBy: ['where the new access is refused', 'where it could not be written down', 'and it was told before'],
  },
  {
    name: 'loses a holder of a long list',
    broken: (system) => ({
      ...system,
      snapshot: async (...asked) => {
        const whole = await system.snapshot(...asked);
        return { ...whole, grants: whole.grants.length > 30 ? whole.grants.slice(1) : whole.grants };
      },
    }),
    noticedBy: ['the list of holders is complete'],
  },
  {
    name: 'revokes whatever the account has of the role',
    broken: (system) => ({
      ...system,
      revoke: async (grants, beforeCommit) => {
        const outcomes = grants.map(() => ({ outcome: 'revoked' as const }));
        await beforeCommit(outcomes, '1');
        for (const { role, account } of grants) system.removeAll(role, account);
        return outcomes;
      },
    }),
    noticedBy: [
      'taken away before and is revoked now',
      'stays when ours beside it is revoked',
      'dropped and made again under the same name',
      'is never revoked, whatever is granted, renamed, dropped and made again meanwhile',
      'our grant is revoked after role and account have other names',
    ],
  },
  {
    name: 'gives access back to someone who has left',
    broken: (system) => ({
      ...system,
      restore: async (grants, beforeCommit) => {
        for (const { account } of grants) system.lockAccount(account, false);
        return system.restore(grants, beforeCommit);
      },
    }),
    noticedBy: ['who has left gets no access again'],
  },
  {
    name: 'grants again what is held',
    broken: (system) => ({
      ...system,
      grant: async (wanted, beforeCommit) => {
        const outcomes = await system.grant(wanted, beforeCommit);
        return outcomes.map((each, at): GrantOutcome => {
          const { role = '', account = '' } = wanted[at] ?? {};
          if (each.outcome !== 'preexisting') return each;
          system.grantAs('rolewave again', role, account);
          return { outcome: 'created', grant: heldOf(system, role, account).at(-1)! };
        });
      },
    }),
    noticedBy: ['each happen once', 'by two processes at once create each grant once', 'is preexisting, and is not called ours'],
  },
  {
    name: "calls another's grant its own",
    broken: (system) => ({
      ...system,
      grant: async (wanted, beforeCommit) => asOwn(await system.grant(wanted, (outcomes, transaction) => beforeCommit(asOwn(outcomes), transaction))),
    }),
    noticedBy: ['is preexisting, and is not called ours'],
  },
  {
    name: 'acts before it tells',
    broken: (system) => ({
      ...system,
      grant: async (wanted, beforeCommit) => {
        const outcomes = await system.grant(wanted, nothing);
        await beforeCommit(outcomes, '1');
        return outcomes;
      },
    }),
    noticedBy: ['is told before it is there', 'is not done when it could not be written down'],
  },
  {
    name: 'acts although nothing was written down',
    broken: (system) => ({ ...system, revoke: (grants, beforeCommit) => system.revoke(grants, (...told) => beforeCommit(...told).catch(nothing)) }),
    noticedBy: ['is not done when it could not be written down'],
  },
  {
    name: 'takes an account by its name',
    broken: (system) => ({
      ...system,
      grant: (wanted, beforeCommit) =>
        system.grant(
          wanted.map(({ accountId: _signed, ...rest }) => rest),
          beforeCommit,
        ),
    }),
    noticedBy: ['what was signed for one account that was dropped and made again is not granted', 'what was signed for one account that was renamed'],
  },
  {
    name: 'does not look at what a role may do',
    broken: (system) => ({
      ...system,
      grant: (wanted, beforeCommit) =>
        system.grant(
          wanted.map(({ digest: _signed, ...rest }) => rest),
          beforeCommit,
        ),
    }),
    noticedBy: ['what was signed for a role that may do more by now is not granted'],
  },
  {
    name: 'answers in an order of its own',
    broken: (system) => ({ ...system, grant: async (wanted, beforeCommit) => (await system.grant(wanted, beforeCommit)).toReversed() }),
    noticedBy: ['accounts answer in the order of the request', 'of several roles have one outcome each'],
  },
  {
    name: 'stops at the first refusal',
    broken: (system) => ({
      ...system,
      grant: async (wanted, beforeCommit) => {
        const outcomes = await system.grant(wanted, beforeCommit);
        if (wanted.length > 1 && outcomes.some(({ outcome }) => outcome === 'failed')) throw new Error('refused');
        return outcomes;
      },
    }),
    noticedBy: ['go on after what the system refuses'],
  },
  {
    name: 'changes things in a rehearsal',
    broken: (system) => ({
      ...system,
      rehearse: async ({ grant, revoke, restore }, signal) => {
        signal?.throwIfAborted();
        return {
          grant: await system.grant(grant, nothing),
          revoke: await system.revoke(revoke, nothing),
          restore: await system.restore(restore, nothing),
        };
      },
    }),
    noticedBy: ['answers as the effects would, and changes nothing', 'of a restore answers as the restore would, and gives nothing back'],
  },
  {
    name: 'says of every restore that it would work',
    broken: (system) => ({
      ...system,
      rehearse: async (work, signal) => ({
        ...(await system.rehearse({ ...work, restore: [] }, signal)),
        restore: work.restore.map((grant): GrantOutcome => ({ outcome: 'created', grant })),
      }),
    }),
    noticedBy: ['of a restore answers as the restore would, and gives nothing back'],
  },
  {
    name: 'says of everything that it happened',
    broken: (system) => ({ ...system, wasCommitted: async () => 'committed' }),
    noticedBy: ['is not done when it could not be written down', 'nobody knows of a transaction that never was'],
  },
  {
    name: 'knows every account',
    broken: (system) => ({
      ...system,
      snapshot: async (...asked) => ({
        ...(await system.snapshot(...asked)),
        accounts: asked[1].map((account) => ({ account, id: account })),
        unknownAccounts: [],
      }),
    }),
    noticedBy: ['tells accounts and roles that exist', 'of one person without any role', 'counts an account that cannot sign in as unknown'],
  },
  {
    name: 'restores to anyone of that name',
    broken: (system) => ({
      ...system,
      restore: (grants, beforeCommit) =>
        system.restore(
          grants.map(({ roleId: _role, accountId: _account, ...rest }) => rest),
          beforeCommit,
        ),
    }),
    noticedBy: ['of a grant whose role was dropped, or dropped and made again', 'of a grant whose account was dropped, or dropped and made again'],
  },
  {
    name: 'counts the accounts of one page only',
    broken: (system) => ({ ...system, accountCount: async () => Math.min(10, (await system.accountCount?.()) ?? 0) }),
    noticedBy: ['the number of accounts covers all that can sign in'],
  },
  {
    name: 'reads on when it was cancelled',
    broken: (system) => ({ ...system, snapshot: (roles, accounts, _signal, ...rest) => system.snapshot(roles, accounts, undefined, ...rest) }),
    noticedBy: ['that was cancelled ends with the reason of it'],
  },
  {
    name: 'rehearses on when it was cancelled',
    broken: (system) => ({ ...system, rehearse: (work) => system.rehearse(work) }),
    noticedBy: ['of what an effect would do ends in the same way'],
  },
];

const heldOf = (system: NoneConnector, role: string, account: string): ActualGrant[] =>
  system.held().filter((grant) => grant.role === role && grant.account === account);

const asOwn = (outcomes: GrantOutcome[]): GrantOutcome[] =>
  outcomes.map((each): GrantOutcome => (each.outcome === 'preexisting' ? { outcome: 'created', grant: each.grants[0]! } : each));
