/** `node worker/build-bundle.ts`: builds the workflow bundle of a production worker in advance (in a container image's build), so that the worker starts faster. */
import { bundle } from './bundle.ts';

await bundle({ interceptors: ['system-queues', 'no-demo-clock'] });
