/** The owner's word that a package is still needed as it is, and perhaps until when its risk is accepted. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'certifications',
    about: 'package',
    to: 'rolePackage',
    type: 'certify',
    summary: 'Certify that a package is still needed as it is, and until when its risk is accepted',
    problems: ['in-the-past'],
  }),
];
