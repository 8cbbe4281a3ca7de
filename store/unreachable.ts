/** The store's database cannot be reached: said without anything of DATABASE_URL. */
import { connectionFailure, NotConnected, type ConnectionFailure } from '../domain/connection-failure.ts';

/**
 * Runs work on the store's database. Where that cannot be reached, throws in words of our own, with the code: the error of the driver repeats parts of
 * DATABASE_URL, and errors of the store end up in answers, logs and histories.
 */
export async function connected<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = connectionFailure(error);
    throw failure ? new StoreUnreachable(failure) : error;
  }
}

/** The database of DATABASE_URL cannot be reached, or lets nobody in. */
export class StoreUnreachable extends NotConnected {
  constructor({ code, words }: ConnectionFailure) {
    super({ code: code === '' ? '08006' : code, words: `the database of DATABASE_URL: ${words}` });
  }
}
