#!/usr/bin/env node
/** Entry point of the command. What it loads is compiled once, and kept in Node's cache. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { start } = await import('./start.ts');
await start();
