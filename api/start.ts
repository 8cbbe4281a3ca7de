/** Starts the endpoint in this process: opens keys, store and the Temporal client, listens, and closes all of them at the end. */
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { atMostEvery } from '../settings/at-most-every.ts';
import { WorkflowWatch } from '../settings/failing-workflows.ts';
import { workflowTypes } from '../domain/messages.ts';
import { rightNameOf } from '../domain/site/rights.ts';
import { togetherBy } from '../domain/together.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import { openSite, type CurrentSite } from '../settings/site.ts';
import { workflowsAddress } from '../domain/temporal-ui/workflow-address.ts';
import { appliedOnly } from '../store/applied-only.ts';
import { openStore } from '../store/open.ts';
import { remembering } from '../store/remembering.ts';
import { createApp } from './app.ts';
import { proxyList } from './client-address.ts';
import { limitConnections } from './connections.ts';
import { isLoopback } from './loopback.ts';
import { serverOf } from './one-request-at-a-time.ts';
import { answerUnread } from './unread.ts';
import type { ApiConfig } from './config.ts';
import { openDemoTokens } from './demo-tokens.ts';
import { openBoardStates } from './board/states.ts';
import { listed, openEngine } from './engine.ts';
import { openFeed } from './live/feed.ts';
import { live } from './live/position.ts';
import { openStreams } from './live/streams.ts';
import { idsOf } from './known-waves.ts';
import { createIdentity, identityKeys } from './identity.ts';
import { openCursors } from './lists/cursors.ts';
import { createResends } from './notices/resends.ts';
import type { Services } from './route.ts';
import { routes } from './routes.ts';
import { openListings } from './packages/list/listings.ts';
import { openReleasedGrants } from './packages/released-grants.ts';
import { openPlanReader } from './plans/plan-reader.ts';
import { openPlanned } from './planned-waves.ts';
import { createQuestions } from './questions.ts';
import { openReadings } from './readings.ts';
import { openSealer } from './seal.ts';
import { createAuthentication } from './sessions/authenticate.ts';
import { publicAddress } from './sessions/public-address.ts';
import { createSessions } from './sessions/sessions.ts';
import { openPlanPeople } from './sign-in/plan-people.ts';
import { createProvider, type Provider } from './sign-in/provider.ts';

export interface Api {
  url: string;
  site: CurrentSite;
  close(): Promise<void>;
}

/** How long running requests may take at the end; milliseconds. */
const graceMs = 10_000;
const failingEveryMs = 30_000;

export async function startApi(config: ApiConfig, log: Logger): Promise<Api> {
  // Keys first: if they are wrong, nothing has been opened yet.
  const sealer = await openSealer(config, log);
  const demoTokens = config.demo ? await openDemoTokens(config.home) : undefined;
  const people = config.identity ? { ...config.identity, keys: await identityKeys(config.identity.jwks) } : undefined;
  const identity = createIdentity([...(people ? [people] : []), ...(demoTokens ? [demoTokens.issuer] : [])]);
  const provider = providerOf(config);
  // The token of a session is the provider's for this endpoint as its client.
  const ofSessions = createIdentity([
    ...(people && config.signIn ? [{ ...people, audience: config.signIn.clientId }] : []),
    ...(demoTokens ? [demoTokens.sessionIssuer] : []),
  ]);
  const site = await openSite(config.siteFile, log);
  const right = (plan: string) => rightNameOf(site.now(), plan);
  const plans = openPlanReader(right);
  const store = appliedOnly(remembering(await openStore(config.databaseUrl, { migrate: true }), right), () => sealer.trustedKeys, {
    check: nativeSignature,
    digestOf: plans.digest,
    outlines: {
      make: plans.outline,
      secret: sealer.secretFor('outlines'),
      megabytesPerRight: site.now().limits.listedMegabytesPerRight,
      notKept: (plan, error) => log.warn({ plan, err: error }, 'the outline of a plan could not be kept in the store: the next start makes it again'),
    },
    rightOf: right,
    leftOut: (plan, why) => log.warn({ plan, why }, 'lists leave out a plan that is not read'),
  });
  const engine = openEngine(config.temporal);
  const failing = new WorkflowWatch(engine.client.connection, config.temporal.namespace);
  const sessions = createSessions(store, ofSessions, provider?.renew, config.sessions);
  const publicly = publicAddress(config.publicUrl);
  const cursors = openCursors(sealer);
  const feed = openFeed(store, (error) => log.warn({ err: error }, 'new events cannot be read from the store; retrying'));
  const states = openBoardStates(store, feed, (plan) => services.streams.changed(plan), right);
  const readings = openReadings(store, site);
  const workerWithinMs = config.workerWithinMs ?? 60_000;
  const services: Services = {
    store,
    engine,
    sealer,
    cursors,
    resends: createResends(),
    plans,
    site,
    readings,
    states,
    streams: openStreams(feed, {
      readings: (caller, rows) => readings.all(caller, undefined, rows),
      plans: () => store.plans(),
      factsOf: async (plan) => (await states.plan(plan))?.facts,
      idOf: (position) => cursors.seal(position, live),
      site: site.now,
    }),
    planned: openPlanned(store),
    startedWaves: togetherBy(idsOf, (ids) => listed(engine, [workflowTypes.wave], ids)),
    listings: openListings((types, plans) => listed(engine, types, idsOf(plans))),
    grants: openReleasedGrants(store),
    questions: createQuestions(store, () => site.now().limits, workerWithinMs + 15_000),
    sessions,
    address: publicly,
    authentication: createAuthentication(identity, sessions, publicly),
    ...(provider ? { provider } : {}),
    people: openPlanPeople(store, site),
    ...(config.pagesFolder ? { pagesFolder: config.pagesFolder } : {}),
    ...(config.temporalUiUrl ? { temporalUi: workflowsAddress(config.temporalUiUrl, config.temporal.namespace) } : {}),
    failing: atMostEvery(config.failingEveryMs ?? failingEveryMs, () => failing.look()),
    suspect: (workflowId) => failing.suspect(workflowId),
    answerWithinMs: config.answerWithinMs ?? 5_000,
    workerWithinMs,
    ...(config.readWithinMs === undefined ? {} : { readWithinMs: config.readWithinMs }),
    log,
    ...(demoTokens ? { demoTokens } : {}),
  };

  // Disconnects a client that sends its headers or its body too slowly.
  const server = serverOf(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 2_000, maxHeaderSize: 16_384 },
    createApp(routes, services, config.trustedProxies),
  );
  server.on('clientError', answerUnread);
  // Node would answer these itself, past every limit.
  server.on('checkExpectation', (request) => request.socket.destroy());
  const isProxy = proxyList(config.trustedProxies ?? []);
  limitConnections(server, (address) => isLoopback(address) || isProxy(address));
  const closeAll = async () => {
    feed.close();
    states.close();
    site.close();
    sealer.close();
    await Promise.allSettled([engine.close(), store.close(), plans.close()]);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.port, config.host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    await closeAll();
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new Error(`port ${config.port} of ${config.host} is in use: set ROLEWAVE_PORT to a free one`)
      : error;
  }
  const { port, family, address } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  log.info({ url, demo: config.demo, kid: sealer.kid }, 'listening');
  return {
    url,
    site,
    async close() {
      // Streams end by themselves only when their receivers go.
      services.streams.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(impatience);
      await closeAll();
    },
  };
}

function providerOf({ identity, signIn, publicUrl }: ApiConfig): Provider | undefined {
  return identity && signIn && publicUrl ? createProvider({ issuer: identity.issuer, ...signIn, publicUrl }) : undefined;
}
