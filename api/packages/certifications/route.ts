/** The owner confirms that a package is still needed as it is, and may accept its risk until a date. */
import { messageRoute } from '../../message-route.ts';

export const routes = [
  messageRoute({
    segment: 'certifications',
    about: 'package',
    to: 'rolePackage',
    type: 'certify',
    summary: 'Certify that a package is still needed as it is, and optionally accept its risk until a date',
    problems: ['in-the-past'],
  }),
];
