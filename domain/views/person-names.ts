/** The names that stand beside an answer in which people are ids (domain/people-named.ts). */
import { z } from 'zod';

export const personNames = z
  .record(z.string(), z.string())
  .describe('id of a person → name: of everyone whom this mentions and whom the latest revision of the plan has');
