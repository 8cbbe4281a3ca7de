/** The process of one connector. */
import { serve } from '../../clients/own-process/serve.ts';
import type { System } from '../../domain/site/schema.ts';
import type { Connector, Opening } from '../connector.ts';
import { connect } from '../registry.ts';
import { answeringPacked } from './packed-snapshot.ts';

export interface Started {
  system: System;
  connectionString: string;
  opening: Opening;
}

serve<Connector>(
  ({ system, connectionString, opening }: Started) => answeringPacked(connect(system, connectionString, opening)),
  // Some connectors know it only after an answer.
  ({ atOnce }) => atOnce,
);
