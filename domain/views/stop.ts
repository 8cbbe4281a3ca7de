/** What stops a release, by a rule of the plan or because of a system's server: the code and its fields for programs, `text` for people. Known from the preview, and checked again at go-live. */
import { z } from 'zod';

const stopped = <T extends string, F extends z.ZodRawShape>(code: T, fields: F) => z.strictObject({ code: z.literal(code), text: z.string(), ...fields });

export const stop = z.discriminatedUnion('code', [
  /** More people's access in this system than the plan's `blastRadius` allows. */
  stopped('blastRadius', { system: z.string() }),
  /** So many people would hold two entitlements that nobody may hold together, by this release. */
  stopped('incompatible', { rule: z.string(), people: z.int() }),
  /** So many of the people who were signed for are missing in the answer of the cohort's query that it may be a mistake. */
  stopped('leavers', { people: z.int() }),
  /** The server of this system does not do what the release, or its rollback, relies on. */
  stopped('server', { system: z.string() }),
]);
export type Stop = z.output<typeof stop>;

export const stopsText = (stops: readonly Stop[]): string => stops.map(({ text }) => text).join('; ');
