/** The process that runs the statements of plans in one system. */
import { serve } from '../../clients/own-process/serve.ts';
import { refuseStore } from '../../clients/postgres/store-database.ts';
import type { System } from '../../domain/site/schema.ts';
import { readerHere, type SystemReader } from './provider.ts';

export interface Started {
  system: System;
  connectionString: string;
  /** Connection string of Rolewave's store, which is never a system; undefined where it is not known. */
  store: string | undefined;
}

serve<SystemReader>(({ system, connectionString, store }: Started) =>
  readerHere(store === undefined ? {} : { refuse: refuseStore(store) })(system, connectionString),
);
