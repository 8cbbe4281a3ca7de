/** Every route of the endpoint, in the order in which its documentation lists them. */
import { routes as board } from './board/route.ts';
import { routes as calendar } from './calendar/route.ts';
import { routes as events } from './events/list/route.ts';
import { routes as grants } from './packages/grants/route.ts';
import { routes as health } from './health/route.ts';
import { routes as leadership } from './leadership/route.ts';
import { routes as me } from './me/route.ts';
import { routes as live } from './live/route.ts';
import { routes as messages } from './messages/route.ts';
import { routes as notices } from './notices/read/route.ts';
import { routes as resend } from './notices/resend/route.ts';
import { routes as abort } from './packages/abort/route.ts';
import { routes as acceptedContent } from './packages/accepted-content/route.ts';
import { routes as claims } from './packages/claims/route.ts';
import { routes as certifications } from './packages/certifications/route.ts';
import { routes as decisions } from './packages/decisions/route.ts';
import { routes as evidence } from './packages/evidence/route.ts';
import { routes as notes } from './packages/notes/route.ts';
import { routes as packageList } from './packages/list/route.ts';
import { routes as preview } from './packages/preview/route.ts';
import { routes as packages } from './packages/read/route.ts';
import { routes as release } from './packages/release/route.ts';
import { routes as rollback } from './packages/rollback/route.ts';
import { routes as signOffs } from './packages/sign-offs/route.ts';
import { routes as tune } from './packages/tune/route.ts';
import { routes as watch } from './packages/watch/route.ts';
import { routes as apply } from './plans/apply/route.ts';
import { routes as consents } from './plans/consents/route.ts';
import { routes as metricTrial } from './plans/metric-trial/route.ts';
import { routes as plans } from './plans/read/route.ts';
import { routes as simulate } from './plans/simulate/route.ts';
import { routes as validate } from './plans/validate/route.ts';
import type { Route } from './route.ts';
import { routes as systems } from './systems/route.ts';
import { routes as tokens } from './tokens/route.ts';
import { routes as waveMessages } from './waves/messages/route.ts';
import { routes as waves } from './waves/read/route.ts';

export const routes: Route[] = [
  ...health,
  ...tokens,
  ...me,
  ...systems,
  ...board,
  ...calendar,
  ...leadership,
  ...live,
  ...validate,
  ...simulate,
  ...metricTrial,
  ...consents,
  ...apply,
  ...plans,
  ...waves,
  ...waveMessages,
  ...messages,
  ...packageList,
  ...packages,
  ...preview,
  ...grants,
  ...signOffs,
  ...evidence,
  ...notes,
  ...release,
  ...watch,
  ...tune,
  ...rollback,
  ...decisions,
  ...certifications,
  ...claims,
  ...acceptedContent,
  ...abort,
  ...notices,
  ...resend,
  ...events,
];
