/** The states that people see, and the action that each calls for. */
export const packageStates = ['Scheduled', 'Release ready', 'Monitoring', 'Needs tuning', 'Rollback ready', 'Stable', 'Rolled back', 'Retired'] as const;
export type PackageState = (typeof packageStates)[number];

const ends: ReadonlySet<PackageState> = new Set(['Rolled back', 'Retired']);
/** Nothing leaves this state, and nothing is evaluated in it. */
export const isEndState = (state: PackageState): boolean => ends.has(state);

/** Beside a state that a package has before its release as well: a bare 'Monitoring' would say that it is watched in production. */
export const besides: Partial<Record<PackageState, 'before release' | 'never released'>> = { Monitoring: 'before release', 'Rollback ready': 'never released' };

/** What a state says that has something beside it: the words alone do not. */
const besideMeanings: Record<string, string> = {
  'before release': 'Nothing is granted yet, and it has no go-live date.',
  'never released': 'Nothing is granted. Its wave is on hold, and only its rollback path is prepared (rollbackOnly in the plan).',
  'not watched': 'Its access is granted, but its workflow ended before its watch did: nothing is evaluated.',
};

/** `beside`: what stands beside a state. Undefined where the state says it all. */
export const besideMeaning = (beside: string | undefined): string | undefined => (beside === undefined ? undefined : besideMeanings[beside]);

/** Of a package that is not released. */
export const unreleasedText = (state: PackageState): string => (besides[state] === undefined ? state : `${state}, ${besides[state]}`);

export const nextActionNames = ['Release', 'Monitor', 'Tune', 'Rollback', 'None'] as const;
export type NextAction = (typeof nextActionNames)[number];

export const nextActions = {
  Scheduled: 'Release',
  'Release ready': 'Release',
  Monitoring: 'Monitor',
  'Needs tuning': 'Tune',
  'Rollback ready': 'Rollback',
  Stable: 'Monitor',
  'Rolled back': 'None',
  Retired: 'None',
} as const satisfies Record<PackageState, NextAction>;

/** What operations does, as the board files what happens. */
export const activityActions = ['Release', 'Monitor', 'Tune', 'Rollback'] as const;
export type ActivityAction = (typeof activityActions)[number];

export const waveStages = ['readiness', 'preview', 'signOffs', 'goLive', 'recheck', 'release', 'watching', 'review', 'closed', 'aborted'] as const;
export type WaveStage = (typeof waveStages)[number];
