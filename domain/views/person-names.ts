/** The names that stand beside an answer in which people are ids (domain/people-named.ts). */
import { z } from 'zod';

export const personNames = z
  .record(z.string(), z.string())
  .describe(
    'id of a person → name, by the latest revision of the plan: of those whom fields have, and of those who decide in the plan and stand in a sentence; in a list of several plans, where all plans whose rows mention the id give it this name',
  );
