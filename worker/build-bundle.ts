/** `node worker/build-bundle.ts`: makes the workflows' bundle of a production worker beforehand (a container image's build), so that none has to at its start. */
import { bundle } from './bundle.ts';

await bundle({ interceptors: ['system-queues', 'no-demo-clock'] });
