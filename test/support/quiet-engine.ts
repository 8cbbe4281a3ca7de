/** Setup file of each test file: the Temporal SDK says what goes wrong and not which state each worker is in. */
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
