/** What a message, a record or a notice belongs to: a plan as a whole, one of its waves, or one package of a wave. */
import { z } from 'zod';

const part = z.string().max(63);
export const addressShape = { plan: part, wave: part.exactOptional(), package: part.exactOptional() };
/** `package` is never there without `wave`. */
export type Address = z.output<z.ZodObject<typeof addressShape>>;

/** `plan`, `plan/wave` or `plan/wave/package`: how people write it, and the id of the workflow that answers there. */
export const addressText = ({ plan, wave, package: rolePackage }: Address): string => [plan, wave, rolePackage].filter((part) => part !== undefined).join('/');

/** Without the other fields of whatever has an address. */
export const addressOf = ({ plan, wave, package: rolePackage }: Address): Address => ({
  plan,
  ...(wave === undefined ? {} : { wave }),
  ...(rolePackage === undefined ? {} : { package: rolePackage }),
});
