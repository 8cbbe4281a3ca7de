/** The two times that views carry: the plan's, which a demonstration may let run faster, and the clock's. Fractions of a millisecond come from a plan's own clock. */
import { z } from 'zod';

export const planMs = z.number().describe('plan time, milliseconds since 1970');
export const realMs = z.number().describe('real time, milliseconds since 1970');
