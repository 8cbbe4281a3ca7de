/** What the servers of systems really do, as it is on record. */
import { z } from 'zod';
import { findingLines, findingsSchema, type ServerRecord } from '../access/server-behaviour.ts';

export const systemView = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    description: z.string().exactOptional(),
    terms: z.array(z.string()).exactOptional().describe('what the site file says of its use, as parts of sentences; absent: nothing that limits it'),
    server: z
      .strictObject({
        name: z.string().describe('name and version, as the server says them'),
        at: z.iso.datetime().describe('when it was measured, or, where nothing is measured, when its version was read'),
        findings: findingsSchema.describe(
          'what the server does, by behaviour: `is`: the answer; `by`: `measured` in a scratch role, `said` by the server, `standard`: required by its standard or documentation, or `assumed`: the worse of what is possible',
        ),
        lines: z.array(z.string()).describe('the same as parts of sentences, each with how it is known'),
        problem: z.string().exactOptional().describe('why nothing was measured'),
      })
      .exactOptional()
      .describe('absent: nothing is on record yet'),
  })
  .meta({ id: 'System' });
export type SystemView = z.output<typeof systemView>;

export const shownServer = ({ server, atMs, findings, problem }: ServerRecord): NonNullable<SystemView['server']> => ({
  name: server,
  at: new Date(atMs).toISOString(),
  findings,
  lines: findingLines(findings),
  ...(problem === undefined ? {} : { problem }),
});
