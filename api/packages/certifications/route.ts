/** The owner's word that a stable package is still needed as it is. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'certifications',
    about: 'package',
    to: 'rolePackage',
    type: 'certify',
    summary: 'Certify that a stable package is still needed as it is',
  }),
];
