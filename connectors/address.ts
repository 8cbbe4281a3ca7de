/** How a system is reached, without saying it: recorded and shown, as no part of a connection string is. */
import { createHash } from 'node:crypto';

export const addressDigest = (address: string): string => createHash('sha256').update(address).digest('hex').slice(0, 20);
