/**
 * Imported before any schema: zod then does not compile them to functions of their own. A command checks one plan, and compiling takes longer than that check;
 * of a plan with thousands of people, reading YAML takes nearly all of the time either way.
 */
import { z } from 'zod';

z.config({ jitless: true });
