/** The watch of a released package: evaluate now, extend, pause, resume. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({ segment: 'evaluate', about: 'package', to: 'rolePackage', type: 'evaluate', summary: 'Evaluate the package now' }),
  messageRoute({ segment: 'extend', about: 'package', to: 'rolePackage', type: 'extend', summary: 'Extend the watch' }),
  messageRoute({ segment: 'pause', about: 'package', to: 'rolePackage', type: 'pause', summary: 'Pause the watch: its days stop counting' }),
  messageRoute({ segment: 'resume', about: 'package', to: 'rolePackage', type: 'resume', summary: 'Resume a paused watch' }),
];
