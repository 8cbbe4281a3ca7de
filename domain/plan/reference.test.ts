/** docs/plan.md and the plan's schema agree. */
import { testReferencePage } from '../../test/support/reference-page.ts';
import { planSchema } from './schema.ts';

testReferencePage('plan.md', planSchema, ['', 'packages[]', 'packages[].watch', 'waves[]']);
