/** Notes on a package; its wave keeps them, before and after the release. */
import { messageRoute } from '../../message-route.ts';

export const routes = [messageRoute({ segment: 'notes', about: 'package', to: 'wave', type: 'note', summary: 'Add a note to the package' })];
