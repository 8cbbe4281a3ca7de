/** The two kinds of time in views: plan time, which may run faster in a demonstration, and real time. A plan's own clock can give fractions of a millisecond. */
import { z } from 'zod';

export const planMs = z.number().describe('plan time, milliseconds since 1970');
export const realMs = z.number().describe('real time, milliseconds since 1970');
