/** The process of the SCIM server that `npm run peers` starts: its port is the argument, and its tokens are in SCIM_TOKENS. */
import { listenScimmy } from './scimmy-app.ts';

const tokens = (process.env['SCIM_TOKENS'] ?? '').split(' ').filter(Boolean);
await listenScimmy(tokens, Number(process.argv[2]));
