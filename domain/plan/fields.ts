/** Fields that many parts of a plan have. */
import { z } from 'zod';
import { numberText } from '../number-text.ts';

export const idForm = 'an id is 1 to 63 lower-case letters, digits, dots, dashes or underscores and starts with a letter or digit';
export const idPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const id = z.string().regex(idPattern, idForm);
export const isId = (given: string): boolean => idPattern.test(given);

export const personIdForm =
  "a person's id is 1 to 255 letters, digits and ! # $ % & ' * + - . / : ? @ ^ _ | ~ (and = at the end), and starts with a letter, digit or underscore";
/**
 * What identity providers put into the claim that names a person: an account, an e-mail address, a UUID, `auth0|5f7c…`. Upper and lower case differ.
 * No spaces and commas, which separate people in lists, and no quotation marks and brackets.
 */
export const personPattern = /^(?=.{1,255}$)[A-Za-z0-9_][A-Za-z0-9!#$%&'*+./:?@^_|~-]*={0,2}$/;
export const personId = z.string().regex(personPattern, personIdForm);
export const isPersonId = (given: string): boolean => personPattern.test(given);

export const text = z.string().trim().min(1, 'is empty').max(4_000, 'is longer than 4,000 characters');

/**
 * The maximum length of the name of an account or role, in bytes of UTF-8: enough for a distinguished name of a directory, and two of
 * them still fit into one key of the store. The limits of each kind of system are in domain/site/system-kinds.ts.
 */
export const nameBytes = 1_000;
export const bytesOf = (name: string): number => new TextEncoder().encode(name).length;
/** The name of an account or a role, as in the system. */
export const nameInSystem = z
  .string()
  .min(1)
  .refine((name) => !name.includes('\0'), 'holds a NUL')
  .refine((name) => bytesOf(name) <= nameBytes, `is longer than ${numberText(nameBytes)} bytes`);
