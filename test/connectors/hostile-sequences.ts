/** Random sequences of our calls and another administrator's, against a model of who made which grant. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { ActualGrant } from '../../connectors/connector.ts';
import { oneByOne } from '../support/one-by-one.ts';
import type { Peer, Traits } from './peer.ts';

type Step = { do: 'grant' | 'restore' | 'revoke' | 'theyGrant' | 'theyRevoke' | 'theyRename' | 'theyRecreate'; account: 0 | 1; at: number };

/** One account: its name of the moment, and the grants of the role that it holds. `ours`: what was recorded when we made it. */
interface Held {
  name: string;
  ours: ActualGrant | undefined;
  theirs: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('grant', 'restore', 'revoke', 'revoke', 'theyGrant', 'theyRevoke', 'theyRename', 'theyRecreate'),
    account: fc.constantFrom(0, 1),
    at: fc.nat(20),
  }),
  { minLength: 4, maxLength: 14 },
);

const step = (what: Step['do']): Step => ({ do: what, account: 0, at: 0 });
/** Played first, so that every outcome is reached, however few are drawn. */
const examples = (
  [
    ['grant', 'grant', 'revoke', 'theyGrant', 'revoke'],
    ['grant', 'theyRevoke', 'theyGrant', 'restore', 'theyRecreate', 'restore', 'revoke'],
  ] satisfies Step['do'][][]
).map((sequence): [Step[]] => [sequence.map(step)]);

/** Fails where a call of ours takes away what another made, leaves what it says it took, or answers for another's grant. */
export async function neverAnothersGrant(peer: Peer, traits: Required<Traits>, runs: number): Promise<void> {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      for (const outcome of await play(peer, traits, sequence)) seen.add(outcome);
    }),
    // Shrinking would ask a real system thousands of times; the sequence is short.
    { numRuns: runs, endOnFailure: true, examples },
  );
  expect([...seen].toSorted()).toEqual(expect.arrayContaining(['grant created', 'grant preexisting', 'revoke revoked']));
}

async function play(peer: Peer, { keepsGrantorsApart, tellsRegrants }: Required<Traits>, sequence: Step[]): Promise<string[]> {
  const one = oneByOne(peer.connector);
  const role = await peer.role();
  const accounts: [Held, Held] = (await peer.accounts(2)).map((name) => ({ name, ours: undefined, theirs: false })) as [Held, Held];
  /** Every grant that we ever made, and is offered to revoke and restore again and again. */
  const records: { grant: ActualGrant; account: 0 | 1; isAnother: boolean }[] = [];
  const outcomes: string[] = [];
  for (const step of sequence) {
    const held = accounts[step.account];
    const isHeld = held.ours !== undefined || held.theirs;
    if (step.do === 'grant') {
      const outcome = await one.grant(role, held.name);
      outcomes.push(`grant ${outcome.outcome}`);
      expect(outcome.outcome).toBe(isHeld ? 'preexisting' : 'created');
      if (outcome.outcome === 'created') made(outcome.grant, step.account);
    } else if (step.do === 'revoke' || step.do === 'restore') {
      const record = records[step.at % Math.max(1, records.length)];
      if (!record) continue;
      const of = accounts[record.account];
      if (step.do === 'revoke') {
        const outcome = await one.revoke(record.grant);
        outcomes.push(`revoke ${outcome.outcome}`);
        // Without an id of its own, our grant of before is the one that we made since.
        const isOurs = record.grant.id === undefined ? of.ours !== undefined && !record.isAnother : of.ours === record.grant;
        // Where nothing tells theirs from ours of before, it is taken for ours, and for nothing else.
        const isTakenForOurs = !tellsRegrants && of.theirs && !record.isAnother;
        if (isOurs || isTakenForOurs) expect(outcome.outcome).toBe('revoked');
        else expect(outcome.outcome).not.toBe('revoked');
        if (outcome.outcome === 'revoked') of.ours = undefined;
        if (isTakenForOurs) of.theirs = false;
      } else {
        const outcome = await one.restore(record.grant);
        outcomes.push(`restore ${outcome.outcome}`);
        const isThere = keepsGrantorsApart ? of.ours !== undefined : of.ours !== undefined || of.theirs;
        expect(outcome.outcome).toBe(record.isAnother ? 'failed' : isThere ? 'preexisting' : 'created');
        if (outcome.outcome === 'created') made(outcome.grant, record.account);
      }
    } else if (step.do === 'theyGrant') {
      await peer.grant(role, held.name);
      held.theirs ||= keepsGrantorsApart || !isHeld;
    } else if (step.do === 'theyRevoke') {
      await peer.revokeAll(role, held.name);
      Object.assign(held, { ours: undefined, theirs: false });
    } else if (step.do === 'theyRename') {
      held.name = await peer.rename('account', held.name);
    } else {
      await peer.recreate('account', held.name);
      Object.assign(held, { ours: undefined, theirs: false });
      for (const record of records) if (record.account === step.account) record.isAnother = true;
    }
    const { grants } = await peer.connector.snapshot([role], []);
    const expected = accounts.flatMap(({ name, ours, theirs }) => [...(ours ? [name] : []), ...(theirs ? [name] : [])]);
    const among = new Set(accounts.map(({ name }) => name));
    expect(grants.flatMap(({ account }) => (among.has(account) ? [account] : [])).toSorted()).toEqual(expected.toSorted());
  }
  return outcomes;

  function made(grant: ActualGrant, account: 0 | 1): void {
    accounts[account].ours = grant;
    records.push({ grant, account, isAnother: false });
  }
}
