/** The watch of a released package: look now, watch longer, pause, resume. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({ segment: 'evaluate', about: 'package', to: 'rolePackage', type: 'evaluate', summary: 'Take an evaluation now' }),
  messageRoute({ segment: 'extend', about: 'package', to: 'rolePackage', type: 'extend', summary: 'Watch longer' }),
  messageRoute({ segment: 'pause', about: 'package', to: 'rolePackage', type: 'pause', summary: 'Pause the watch: its days stop counting' }),
  messageRoute({ segment: 'resume', about: 'package', to: 'rolePackage', type: 'resume', summary: 'Resume a paused watch' }),
];
