/** Ends a released package and undoes what its release did. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({ segment: 'abort', about: 'package', to: 'rolePackage', type: 'abort', summary: 'Abort the package and undo what its release did' }),
];
