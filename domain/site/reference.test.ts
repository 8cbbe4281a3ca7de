/** docs/site.md and the site file's schema agree. */
import { testReferencePage } from '../../test/support/reference-page.ts';
import { siteSchema } from './schema.ts';

testReferencePage('site.md', siteSchema, ['', 'plans[]']);
