/** Opens the store: one file per subject, combined here. */
import type { RecordBatch } from '../domain/records.ts';
import { claims } from './claims.ts';
import type { Store } from './contract.ts';
import { cohorts } from './cohorts.ts';
import { deciders } from './deciders.ts';
import { drafts } from './drafts.ts';
import { effectBasis } from './effect-basis.ts';
import { events, insertEvents } from './events.ts';
import { finals, upsertFinals } from './finals.ts';
import { ledger } from './ledger.ts';
import { evaluations, insertEvaluations } from './evaluations.ts';
import { insertMessages, messages } from './messages.ts';
import { migrate } from './migrate.ts';
import { news } from './news.ts';
import { insertNotices, markAnswered, notices } from './notices.ts';
import { previews } from './previews.ts';
import { questions } from './questions.ts';
import { readings } from './readings.ts';
import { receipts } from './receipts.ts';
import { releases } from './releases.ts';
import { revisions } from './revisions.ts';
import { rollbackPreviews } from './rollback-previews.ts';
import { sends } from './sends.ts';
import { servers } from './servers.ts';
import { sessions } from './sessions.ts';
import { systemsInUse } from './systems-in-use.ts';
import { texts } from './texts.ts';
import { openWork } from './open-work.ts';
import { periods } from './periods.ts';
import { simulated } from './simulated.ts';
import { openSession, schema, type Session } from './session.ts';

/** `url`: postgres://user:password@host:port/database. With `migrate`, the schema is created or migrated first. */
export async function openStore(url: string, options: { migrate: boolean; connections?: number }): Promise<Store> {
  if (options.migrate) await migrate(url);
  return storeOn(openSession(url, options.connections));
}

function storeOn(session: Session): Store {
  return {
    ...revisions(session),
    ...openWork(session),
    ...texts(session),
    ...drafts(session),
    ...cohorts(session),
    ...rollbackPreviews(session),
    ...simulated(session),
    ...questions(session),
    ...servers(session),
    ...sessions(session),
    ...effectBasis(session),
    ...deciders(session),
    ...messages(session),
    ...previews(session),
    ...ledger(session),
    ...claims(session),
    ...evaluations(session),
    ...readings(session),
    ...receipts(session),
    ...releases(session),
    ...systemsInUse(session),
    ...events(session),
    ...news(session),
    ...finals(session),
    ...notices(session),
    ...sends(session),
    ...periods(session),
    tell: ({ events: told, notices: sent }) =>
      session.transaction(async (transaction) => {
        await insertEvents(transaction, told);
        await insertNotices(transaction, sent);
      }),
    record: (batch) => session.transaction((transaction) => record(transaction, batch)),
    ready: () => ready(session),
    lockSecret: () => lockSecret(session),
    close: () => session.close(),
  };
}

async function record(session: Session, batch: RecordBatch): Promise<void> {
  await insertMessages(session, batch.messages);
  await insertEvents(session, batch.events);
  await upsertFinals(session, batch.finals);
  await insertNotices(session, batch.notices);
  await markAnswered(session, batch.answered);
  await insertEvaluations(session, batch.evaluations);
}

/** Throws, with what to do, when the database cannot be reached or lacks the store's tables. */
async function ready(session: Session): Promise<void> {
  const [found] = await session.rows<{ there: boolean }>('select to_regclass($1) is not null as there', [`${schema}.receipts`]);
  if (!found?.there) throw new Error(`the database has no Rolewave tables yet (schema '${schema}'): start a worker once to create them`);
}

async function lockSecret(session: Session): Promise<string> {
  const [found] = await session.rows<{ secret: string }>('select lock_secret as secret from rolewave.installation');
  if (!found) throw new Error(`the store has lost its row in ${schema}.installation: restore it from a backup`);
  return found.secret;
}
