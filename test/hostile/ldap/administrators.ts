/** Hostile administrators of a directory: what they do to it, in the name of kim, of dba, or of Rolewave's own login. What the server refuses them has not happened. */
import { Attribute, Change, Client } from 'ldapts';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLine, type Line } from '../../support/line.ts';
import { groups, logins, nobody, passwordOf, people, settingsOf, suffix, type TestDirectory } from '../../support/slapd.ts';
import { asWay, type Company as AnyCompany, type WatchedWay } from '../peer.ts';
import { people as names, roleNames, type Act, type Held } from '../scenario.ts';
import type { Snapshot, Witness } from '../witness.ts';
import { messageReader } from './messages.ts';
import { DirectoryWitness, emptied, texts, writersDn } from './server.ts';
import { ToldByTheLog } from './told.ts';

/** `form`: of the groups; `refint`: the server writes new names of people into groups, and takes deleted ones out; `log`: Rolewave may read the log of changes. */
export interface Setup {
  form: 'groupOfNames' | 'groupOfUniqueNames' | 'posixGroup' | 'group';
  refint: boolean;
  log: boolean;
}

const attributes: Record<Setup['form'], string> = { groupOfNames: 'member', groupOfUniqueNames: 'uniqueMember', posixGroup: 'memberUid', group: 'member' };
const dbaDn = `cn=dba,${suffix}`;
const [noSuchAttribute, alreadyThere] = [16, 20];

/** A second administrator, and the group of those who may change groups. */
export async function prepared(directory: TestDirectory): Promise<TestDirectory> {
  const login = { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: 'dba', userPassword: passwordOf(dbaDn) };
  await directory.admin.add(dbaDn, login);
  await directory.admin.add(writersDn, { objectClass: 'groupOfNames', cn: 'writers', member: [logins.kim, dbaDn] });
  return directory;
}

export class Company implements AnyCompany {
  readonly mayStay: RegExp;
  readonly #directory: TestDirectory;
  readonly #setup: Setup;
  readonly #mark: string;
  readonly #witness: DirectoryWitness;
  readonly #widerDn: string;
  readonly #clients = new Map<string, Client>();
  readonly #lines = new Map<string, Line>();
  /** Which attempt sent a change with this marker, as it was seen on the line. */
  readonly #sent = new Map<string, string>();
  readonly #holding: Promise<unknown>[] = [];
  #held: Promise<unknown> = Promise.resolve();
  #loginDn: string;
  #renamed = 0;

  private constructor(directory: TestDirectory, setup: Setup, mark: string) {
    this.#directory = directory;
    this.#setup = setup;
    this.#mark = mark;
    this.#loginDn = `cn=${this.of('rolewave')},${suffix}`;
    this.#widerDn = this.#groupDn(this.of('wider'));
    this.#witness = new DirectoryWitness(directory.admin, this.#widerDn);
    // Without a log nothing tells whose a membership is, so that Rolewave revokes none.
    this.mayStay = setup.log ? /(?!)/ : /cannot be told in this directory/;
  }

  /** `mark`: makes names unique. */
  static async founded(directory: TestDirectory, setup: Setup, held: Held[], mark: string): Promise<Company> {
    const made = new Company(directory, setup, mark);
    await made.#found(held);
    return made;
  }

  of = (name: string): string => `${name}_${this.#mark}`;
  role = (index: number): string => this.of(roleNames[index] ?? '');
  account = (index: number): string => this.of(names[index] ?? '');

  #groupDn = (name: string) => `cn=${name},${groups}`;
  #personDn = (name: string) => `uid=${name},${people}`;
  /** As it is written in a group. */
  #value = (account: number) => (this.#setup.form === 'posixGroup' ? this.account(account) : this.#personDn(this.account(account)));
  get #attribute(): string {
    return attributes[this.#setup.form];
  }

  async #found(held: Held[]): Promise<void> {
    const { admin } = this.#directory;
    const cn = this.of('rolewave');
    await admin.add(this.#loginDn, { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn, userPassword: passwordOf(this.#mark) });
    await admin.modify(writersDn, changed('add', 'member', [this.#loginDn]));
    for (const name of [...names, 'bystander']) await this.#addPerson(name);
    for (const index of roleNames.keys()) await this.#addGroup(index);
    await admin.add(this.#widerDn, { objectClass: 'groupOfNames', cn: this.of('wider'), member: nobody });
    for (const { role, account, by } of held) await (await this.#client(by)).modify(this.#groupDn(this.role(role)), this.#change('add', account));
  }

  #addPerson(called: string): Promise<void> {
    const name = this.of(called);
    return this.#directory.admin.add(this.#personDn(name), { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
  }

  #addGroup(index: number): Promise<void> {
    const { form } = this.#setup;
    const first: Record<string, string> = form === 'posixGroup' ? { gidNumber: String(10_000 + index) } : form === 'group' ? {} : { [this.#attribute]: nobody };
    return this.#directory.admin.add(this.#groupDn(this.role(index)), { objectClass: form, cn: this.role(index), ...first });
  }

  #change = (operation: 'add' | 'delete', account: number): Change => changed(operation, this.#attribute, [this.#value(account)]);

  async #client(by: 'kim' | 'dba' | 'own'): Promise<Client> {
    const dn = { kim: logins.kim, dba: dbaDn, own: this.#loginDn }[by];
    const found = this.#clients.get(dn);
    if (found) return found;
    const client = new Client({ url: `ldap://${this.#directory.host}:${this.#directory.port}`, timeout: 30_000 });
    await client.bind(dn, by === 'own' ? passwordOf(this.#mark) : passwordOf(dn));
    this.#clients.set(dn, client);
    return client;
  }

  async connect(application: string, watch?: () => WatchedWay) {
    const line = await openLine(this.#directory, () => {
      const watched = watch?.();
      const [fromClient, fromServer] = [messageReader(), messageReader()];
      return asWay({
        fromClient: async (data) => {
          for (const message of fromClient(data)) {
            for (const [, nonce = ''] of message.toString('latin1').matchAll(/rolewave:([0-9a-z]{8,10}\.[0-9a-f]{24})/g))
              if (!this.#sent.has(nonce)) this.#sent.set(nonce, application);
            await this.#held;
            await watched?.fromClient(message);
          }
        },
        fromServer: async (data) => {
          const pieces: Buffer[] = [];
          for (const message of fromServer(data)) {
            const passed = watched ? await watched.fromServer(message) : { pieces: [message] };
            pieces.push(...passed.pieces);
            if (passed.thenCut === true) return { pieces, thenCut: true };
          }
          return { pieces };
        },
      });
    });
    this.#lines.set(application, line);
    const { groups: inSite } = settingsOf(this.#directory);
    const settings = settingsOf(this.#directory, {
      host: line.host,
      port: line.port,
      bindDn: this.#loginDn,
      password: passwordOf(this.#mark),
      groups: inSite,
      accesslog: this.#setup.log ? 'cn=accesslog' : undefined,
    });
    const end = async () => {
      this.#lines.delete(application);
      await line.close();
    };
    return { connection: { kind: 'ldap', settings }, end };
  }

  /** Answers whether it went through. */
  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch {
      return false;
    }
  }

  async play(act: Act): Promise<void> {
    const { admin } = this.#directory;
    switch (act.do) {
      case 'grant':
        return void (await this.#try(async () => (await this.#client(act.by)).modify(this.#groupDn(this.role(act.role)), this.#change('add', act.account))));
      case 'revoke':
      case 'revokeAndGrantAgain': {
        const kim = await this.#client('kim');
        const dn = this.#groupDn(this.role(act.role));
        if (!(await this.#try(() => kim.modify(dn, this.#change('delete', act.account)))) || act.do === 'revoke') return;
        return void (await this.#try(() => kim.modify(dn, this.#change('add', act.account))));
      }
      case 'rewriteMembers':
        return void (await this.#try(async () => {
          const dn = this.#groupDn(this.role(act.role));
          const { searchEntries } = await admin.search(dn, { scope: 'base', attributes: [this.#attribute] });
          const values = texts(searchEntries[0], this.#attribute);
          if (values.length > 0) await (await this.#client('kim')).modify(dn, changed('replace', this.#attribute, values));
        }));
      case 'lock':
      case 'unlock': {
        const time = act.do === 'lock' ? ['000001010000Z'] : [];
        return void (await this.#try(() => admin.modify(this.#personDn(this.account(act.account)), changed('replace', 'pwdAccountLockedTime', time))));
      }
      case 'dropAccount':
        return void (await this.#try(() => admin.del(this.#personDn(this.account(act.account)))));
      case 'recreateAccount':
        await this.#try(() => admin.del(this.#personDn(this.account(act.account))));
        return void (await this.#try(() => this.#addPerson(names[act.account] ?? '')));
      case 'renameAccount':
        return void (await this.#try(() =>
          admin.modifyDN(this.#personDn(this.account(act.account)), `uid=${this.account(act.account)}-${(this.#renamed += 1)}`),
        ));
      case 'swapAccounts': {
        const [one, other] = [this.account(act.account), this.account((act.account + 1) % names.length)];
        const rename = (from: string, to: string) => this.#try(() => admin.modifyDN(this.#personDn(from), `uid=${to}`));
        const between = this.of('between');
        if (!(await rename(one, between))) return;
        await rename(other, one);
        return void (await rename(between, other));
      }
      case 'widen':
      case 'narrowAgain':
        return void (await this.#try(() =>
          admin.modify(this.#widerDn, changed(act.do === 'widen' ? 'add' : 'delete', 'member', [this.#groupDn(this.role(act.role))])),
        ));
      case 'dropRole':
        return void (await this.#try(() => admin.del(this.#groupDn(this.role(act.role)))));
      case 'recreateRole':
        await this.#try(() => admin.del(this.#groupDn(this.role(act.role))));
        return void (await this.#try(() => this.#addGroup(act.role)));
      case 'renameRole':
        return void (await this.#try(() => admin.modifyDN(this.#groupDn(this.role(act.role)), `cn=${this.role(act.role)}-${(this.#renamed += 1)}`)));
      case 'takeRight':
        return this.takeRights();
      case 'returnRight':
        return this.returnRights();
      case 'renameLogin': {
        const name = this.of(`rolewave-${(this.#renamed += 1)}`);
        const [before, now] = [this.#loginDn, `cn=${name},${suffix}`];
        if (!(await this.#try(() => admin.modifyDN(before, `cn=${name}`)))) return;
        this.#loginDn = now;
        // As far as the server has not done so itself.
        if (await this.#try(() => admin.modify(writersDn, changed('delete', 'member', [before])))) await this.returnRights();
        return;
      }
      case 'endSessions':
        for (const line of this.#lines.values()) line.cut();
        return;
      case 'holdUp':
        return this.#hold(sleep(act.forMs));
      case 'widenMeanwhile':
        return this.#hold(sleep(act.forMs).then(() => this.play({ do: 'widen', role: act.role })));
      case 'passOn':
        return;
    }
  }

  #hold(until: Promise<unknown>): void {
    this.#held = until.catch(() => undefined);
    this.#holding.push(this.#held);
  }

  async takeRights(): Promise<void> {
    await this.#directory.admin.modify(writersDn, changed('delete', 'member', [this.#loginDn])).catch(unless(noSuchAttribute));
  }

  async returnRights(): Promise<void> {
    await this.#directory.admin.modify(writersDn, changed('add', 'member', [this.#loginDn])).catch(unless(alreadyThere));
  }

  async letGo(): Promise<void> {
    await Promise.all(this.#holding.splice(0));
  }

  async quiet(application: string): Promise<void> {
    await this.#lines.get(application)?.quiet();
    // What the server has begun, it ends.
    await sleep(30);
  }

  async snapshot(of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> {
    const { snapshot, values } = await this.#witness.state();
    const whole: Snapshot = { ...snapshot, ...of };
    this.#witness.seen.push({ snapshot: whole, values });
    return whole;
  }

  note = (text: string): Promise<void> => this.#witness.put({ note: text });
  reads = (application: string): Promise<void> => this.#witness.put({ reads: application });

  async tell(witness: Witness): Promise<void> {
    new ToldByTheLog(witness, { widerDn: this.#widerDn, withIds: this.#setup.log, applicationOf: (nonce) => this.#sent.get(nonce) }).read(this.#witness.seen);
  }

  async close(): Promise<void> {
    await this.letGo();
    await Promise.all([...this.#clients.values()].map((client) => client.unbind().catch(() => undefined)));
    await this.takeRights();
    await emptied(this.#directory.admin, [this.#loginDn]);
  }
}

const changed = (operation: 'add' | 'delete' | 'replace', type: string, values: string[]): Change =>
  new Change({ operation, modification: new Attribute({ type, values }) });

const unless = (code: number) => (error: Error) => {
  if (!('code' in error) || error.code !== code) throw error;
};
