/** What browsers may do with answers of this endpoint: run and show files of its own only, and hand nothing to other sites. */
import helmet from 'helmet';
import type { RequestHandler } from 'express';

const own = ["'self'"];
const nothing = ["'none'"];

export const securityHeaders = (): RequestHandler[] => [
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: nothing,
        scriptSrc: own,
        styleSrc: own,
        imgSrc: own,
        fontSrc: own,
        connectSrc: own,
        manifestSrc: own,
        formAction: own,
        baseUri: nothing,
        frameAncestors: nothing,
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Not `no-referrer`: with it, browsers say `Origin: null` for forms of our own pages.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  }) as RequestHandler,
  (_request, response, next) => {
    response.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    next();
  },
];
