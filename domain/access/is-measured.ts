import type { Findings } from './server-behaviour.ts';

/** Of some kinds of systems, version and documentation say what a server does, and nothing is tried. */
export const isMeasured = ({ findings }: { findings: { [Behaviour in keyof Findings]?: Findings[Behaviour] | undefined } }): boolean =>
  Object.values(findings).some((finding) => finding?.by === 'measured');
