/** The system under test, as the tests of the contract ask it. */
import type { ActualGrant, Connector, GrantOutcome, RevokeOutcome, WantedGrant } from '../../../connectors/connector.ts';
import { oneByOne, unrecorded, type OneByOne } from '../../support/one-by-one.ts';
import type { Peer, Traits, What } from '../peer.ts';

export const both: What[] = ['role', 'account'];
export const createdOf = (outcomes: GrantOutcome[]): ActualGrant[] => outcomes.flatMap((each) => (each.outcome === 'created' ? [each.grant] : []));
export const why = (outcome: { outcome: string; why?: string } | undefined): string => `${outcome?.outcome}: ${outcome?.why ?? ''}`;
export const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Known once the peer is open; the tests are declared before. */
export class Subject {
  readonly traits: Required<Traits>;
  /** Holders of one role that are granted and read at once. */
  readonly many: number;
  /** Of random calls by Rolewave and by another administrator. */
  readonly sequences: number;
  #open: { peer: Peer; one: OneByOne } | undefined;

  constructor(
    { keepsGrantorsApart, tellsRegrants = true, remembersEffects = true, tellsLastChanges = true }: Traits,
    { many, sequences }: { many: number; sequences: number },
  ) {
    this.traits = { keepsGrantorsApart, tellsRegrants, remembersEffects, tellsLastChanges };
    this.many = many;
    this.sequences = sequences;
  }

  opened(peer: Peer): void {
    this.#open = { peer, one: oneByOne(peer.connector) };
  }

  async closed(): Promise<void> {
    await this.#open?.peer.close();
  }

  get peer(): Peer {
    return this.#opened.peer;
  }

  get connector(): Connector {
    return this.peer.connector;
  }

  get one(): OneByOne {
    return this.#opened.one;
  }

  get #opened(): { peer: Peer; one: OneByOne } {
    if (!this.#open) throw new Error('the peer was not opened');
    return this.#open;
  }

  /** A new role and a new account. */
  async pair(): Promise<{ role: string; account: string }> {
    const [role, [account = '']] = [await this.peer.role(), await this.peer.accounts(1)];
    return { role, account };
  }

  /** Among these accounts: the administrators of a role may hold it, too. */
  async heldAmong(role: string, accounts: string[]): Promise<ActualGrant[]> {
    const among = new Set(accounts);
    return (await this.connector.snapshot([role], [])).grants.filter(({ account }) => among.has(account));
  }

  heldBy(role: string, account: string): Promise<ActualGrant[]> {
    return this.heldAmong(role, [account]);
  }

  /** As a preview would have it signed now. */
  async signed(role: string, accounts: string[]): Promise<WantedGrant[]> {
    const snapshot = await this.connector.snapshot([role], accounts);
    const content = snapshot.roles[0];
    return accounts.map((account) => {
      const accountId = snapshot.accounts.find((each) => each.account === account)?.id;
      return {
        role,
        account,
        ...(content?.id === undefined ? {} : { roleId: content.id }),
        ...(accountId === undefined ? {} : { accountId }),
        ...(content ? { digest: content.digest } : {}),
      };
    });
  }

  /** In as many calls as the system needs, as a release does it. */
  async grantAll(wanted: WantedGrant[], connector = this.connector): Promise<GrantOutcome[]> {
    return inCalls(connector, wanted, (some) => connector.grant(some, unrecorded));
  }

  async revokeAll(grants: ActualGrant[]): Promise<RevokeOutcome[]> {
    return inCalls(this.connector, grants, (some) => this.connector.revoke(some, unrecorded));
  }

  /** Another process of Rolewave. */
  async elsewhere<T>(work: (other: Connector) => Promise<T>): Promise<T> {
    const other = this.peer.another();
    try {
      return await work(other);
    } finally {
      await other.close();
    }
  }
}

async function inCalls<Item extends { role: string }, Outcome>(
  { atOnce = {} }: Connector,
  items: Item[],
  call: (some: Item[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const outcomes = new Map<Item, Outcome>();
  for (const ofRole of Map.groupBy(items, ({ role }) => (atOnce.ofOneRole ? role : '')).values()) {
    const size = atOnce.grants ?? ofRole.length;
    for (let start = 0; start < ofRole.length; start += size) {
      const some = ofRole.slice(start, start + size);
      for (const [at, outcome] of (await call(some)).entries()) outcomes.set(some[at]!, outcome);
    }
  }
  return items.map((item) => outcomes.get(item)!);
}
