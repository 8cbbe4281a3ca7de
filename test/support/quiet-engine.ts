/** Setup for each test file: the Temporal SDK logs errors, but not the state of each worker. */
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
