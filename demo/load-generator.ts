/**
 * A LOAD GENERATOR, for the demonstration only: it stands in for the company's people at work. It writes rows of postings, exceptions and tickets
 * into the ERP while the demonstration runs; no part of the product depends on it.
 *
 * It reads nothing of Rolewave either: people work with the roles that they hold in the database, or in the directory, at that moment, so the rows follow the
 * grants. Every number comes from a fixed pattern and not from chance, so that each story ends correctly even on a slow machine.
 */
import pg from 'pg';

/** Ticks of one plan day; in each, every third person posts something. */
const ticksPerDay = 8;

interface Posting {
  at: Date;
  account: string;
  area: string;
  what: string;
  through: string | null;
  exception: boolean;
  ticket: boolean;
  reopened: boolean;
}
interface Worker {
  account: string;
  area: string;
  roles: string[];
}

/** Roles that identify each area's new way of working. */
const newRoles: Record<string, string[]> = {
  close: ['fin_close_operator', 'fin_subledger_read'],
  intake: ['hr_case_intake', 'hr_case_assign'],
  procurement: ['proc_request_coordinator', 'proc_vendor_onboarding'],
  desk: ['service-desk-resolvers', 'emergency-elevation'],
  warehouse: ['wh_inventory_poster', 'wh_stock_count', 'wh_transfer_post', 'wh_location_read'],
};

export interface LoadGenerator {
  stop(): Promise<void>;
}

export interface Pace {
  /** Real milliseconds of a plan day. */
  dayMs: number;
  historyDays: number;
  /** What people hold in systems other than the database. */
  heldElsewhere?: () => Promise<{ role: string; account: string }[]>;
}

/** Writes what people did before the plan began (`historyDays`), then continues until stopped. */
export async function startLoadGenerator(url: string, { dayMs, historyDays, heldElsewhere = async () => [] }: Pace): Promise<LoadGenerator> {
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'load generator of the demonstration' });
  pool.on('error', () => {}); // the server may stop first when the demonstration ends; the next tick would report it
  const pattern = new WorkPattern(dayMs);
  const tickMs = dayMs / ticksPerDay;
  const start = Date.now();
  const workers = await readWorkers(pool, heldElsewhere);
  const past = Array.from({ length: historyDays * ticksPerDay }, (_, index) => start - (historyDays * ticksPerDay - index) * tickMs);
  await write(
    pool,
    past.flatMap((at) => pattern.tick(workers, at)),
  );

  let stopped = false;
  let nextAt = start;
  const tick = async () => {
    // A late tick makes up for missed ones, up to a day.
    nextAt = Math.max(nextAt, Date.now() - dayMs);
    const now = await readWorkers(pool, heldElsewhere);
    const postings: Posting[] = [];
    for (; nextAt <= Date.now(); nextAt += tickMs) postings.push(...pattern.tick(now, nextAt));
    await write(pool, postings);
  };
  const running = (async () => {
    while (!stopped) {
      await tick().catch((error: unknown) => {
        if (!stopped) process.stderr.write(`load generator: ${error instanceof Error ? error.message : String(error)}\n`);
      });
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      await pool.end();
    },
  };
}

async function readWorkers(pool: pg.Pool, heldElsewhere: NonNullable<Pace['heldElsewhere']>): Promise<Worker[]> {
  const elsewhere = await heldElsewhere();
  const { rows } = await pool.query<Worker>(
    `select e.account, e.area, coalesce(array_agg(distinct r.rolname::text) filter (where r.rolname is not null), '{}') as roles
       from work.employee e
       join pg_roles m on m.rolname = e.account
       left join pg_auth_members a on a.member = m.oid and (a.inherit_option or a.set_option)
       left join pg_roles r on r.oid = a.roleid
      group by 1, 2 order by 2, 1`,
  );
  return rows.map((worker) => ({
    ...worker,
    roles: [...worker.roles, ...elsewhere.flatMap(({ role, account }) => (account === worker.account ? [role] : []))],
  }));
}

/** One statement per tick: postings, and the exceptions and tickets that result from them. */
async function write(pool: pg.Pool, postings: Posting[]): Promise<void> {
  if (postings.length === 0) return;
  await pool.query(
    `with new as (
       select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::boolean[])
         as t (at, account, area, what, through, exception, ticket, reopened)
     ), posted as (
       insert into work.posting (at, account, area, what, through) select at, account, area, what, through from new returning id, at, account
     ), failed as (
       insert into work.exception (posting, at, what)
       select posted.id, posted.at, 'refused by a posting rule' from posted join new using (at, account) where new.exception
     )
     insert into work.ticket (area, opened_at, resolved_at, reopened_at)
     select area, at, at, case when reopened then at end from new where ticket`,
    [
      postings.map(({ at }) => at),
      postings.map(({ account }) => account),
      postings.map(({ area }) => area),
      postings.map(({ what }) => what),
      postings.map(({ through }) => through),
      postings.map(({ exception }) => exception),
      postings.map(({ ticket }) => ticket),
      postings.map(({ reopened }) => reopened),
    ],
  );
}

/** Who does what at a tick. Rates are spread evenly: at 0.05 exactly every twentieth posting counts. */
class WorkPattern {
  private count = 0;
  private readonly owed = new Map<string, number>();
  /** When an account was first seen with a new role. */
  private readonly since = new Map<string, number>();
  private readonly dayMs: number;

  constructor(dayMs: number) {
    this.dayMs = dayMs;
  }

  tick(workers: Worker[], atMs: number): Posting[] {
    this.count++;
    return workers.filter((_, index) => (index + this.count) % 3 === 0).map((worker) => this.posting(worker, atMs));
  }

  private posting({ account, area, roles }: Worker, atMs: number): Posting {
    const held = (newRoles[area] ?? []).filter((role) => roles.includes(role));
    if (held.length > 0 && !this.since.has(account)) this.since.set(account, atMs);
    if (held.length === 0) this.since.delete(account);
    const daysWithNewRole = held.length > 0 ? (atMs - (this.since.get(account) ?? atMs)) / this.dayMs : undefined;
    return {
      at: new Date(atMs),
      account,
      area,
      what: this.what(area, daysWithNewRole),
      through: held[this.count % Math.max(held.length, 1)] ?? null,
      exception: this.falls(`exception ${area} ${daysWithNewRole === undefined}`, exceptionRate(area, daysWithNewRole)),
      ticket: this.falls(`ticket ${area}`, area === 'desk' ? 0.8 : 0.05),
      reopened: this.falls(`reopened ${area}`, 0.08),
    };
  }

  private what(area: string, daysWithNewRole: number | undefined): string {
    if (area !== 'procurement') return 'posting';
    // The peak: five requests to a new vendor in the first week, then three.
    const peak = daysWithNewRole !== undefined && daysWithNewRole < 7;
    return this.falls('vendor', peak ? 1 / 6 : 1 / 4) ? 'vendor onboarded' : 'request';
  }

  private falls(what: string, rate: number): boolean {
    const owed = (this.owed.get(what) ?? 0) + rate;
    this.owed.set(what, owed >= 1 ? owed - 1 : owed);
    return owed >= 1;
  }
}

/** One posting in twenty everywhere; at the warehouse's pilot the new role's postings fail more and more often, which leads to the rollback. */
function exceptionRate(area: string, daysWithNewRole: number | undefined): number {
  if (area !== 'warehouse' || daysWithNewRole === undefined) return 0.05;
  return Math.min(0.8, 0.1 + 0.25 * daysWithNewRole);
}

// Run alone: node demo/load-generator.ts DATABASE_URL [milliseconds of a day]
if (import.meta.main) {
  const [url, dayMs] = process.argv.slice(2);
  if (!url) throw new Error('Usage: node demo/load-generator.ts DATABASE_URL [milliseconds of a plan day]');
  const generator = await startLoadGenerator(url, { dayMs: Number(dayMs ?? 2_000), historyDays: 30 });
  process.stdout.write('This is the load generator of the demonstration. It writes invented work into the ERP. Ctrl-C ends it.\n');
  process.once('SIGINT', () => void generator.stop());
}
