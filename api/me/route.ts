/** Who the endpoint takes the caller for. */
import { meView, type MeView } from '../../domain/views/service.ts';
import type { Caller } from '../../domain/site/caller.ts';
import { defineRoute, type Services } from '../route.ts';

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/me',
    group: 'service',
    reads: 'self',
    summary: 'Who you are to this endpoint, and how you signed in',
    answers: { 200: { what: 'the caller', schema: meView } },
    problems: [],
    async handle({ by, caller, signedIn: { how, name } }, services) {
      const { temporalUi } = services;
      const me: MeView = {
        id: by,
        name: (await nameInPlans(services, caller)) ?? name ?? by,
        how,
        ...(how === 'token' ? {} : { signOut: '/sign-out' }),
        canSwitch: how === 'loopback',
        ...(temporalUi === undefined ? {} : { temporalUi }),
      };
      return { status: 200, body: me };
    },
  }),
];

/** Only plans that they see: their name in another one would tell them that it exists. */
async function nameInPlans({ people, readings }: Services, caller: Caller): Promise<string | undefined> {
  for (const [plan, name] of (await people()).get(caller.id)?.names ?? []) if ((await readings.of(plan, caller)).sees) return name;
  return undefined;
}
