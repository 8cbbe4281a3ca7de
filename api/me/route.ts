/** Who the endpoint takes the caller for. */
import { meView, type MeView } from '../../domain/views/service.ts';
import { readerName } from '../reader-name.ts';
import { defineRoute } from '../route.ts';

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
        name: await readerName(services, caller, name === undefined ? await services.readings.all(caller) : new Map(), name),
        how,
        ...(how === 'token' ? {} : { signOut: '/sign-out' }),
        canSwitch: how === 'loopback',
        ...(temporalUi === undefined ? {} : { temporalUi }),
      };
      return { status: 200, body: me };
    },
  }),
];
