/** Fields that many parts of a plan have. */
import { z } from 'zod';

export const idForm = 'an id is 1 to 63 lower-case letters, digits, dots, dashes or underscores and starts with a letter or digit';
export const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, idForm);
export const text = z.string().trim().min(1, 'is empty').max(4_000, 'is longer than 4,000 characters');

/**
 * The maximum length of the name of an account or role, in bytes of UTF-8: enough for a distinguished name of a directory, and two of
 * them still fit into one key of the store. The limits of each kind of system are in system-kinds.ts.
 */
export const nameBytes = 1_000;
export const bytesOf = (name: string): number => new TextEncoder().encode(name).length;
/** The name of an account or a role, as in the system. */
export const nameInSystem = z
  .string()
  .min(1)
  .refine((name) => !name.includes('\0'), 'holds a NUL')
  .refine((name) => bytesOf(name) <= nameBytes, `is longer than ${nameBytes.toLocaleString('en')} bytes`);
