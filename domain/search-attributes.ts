/** Temporal's typed search attributes: all keywords, none with personal data. */
export const searchAttributes = {
  plan: 'RolewavePlan',
  wave: 'RolewaveWave',
  package: 'RolewavePackage',
  stage: 'RolewaveStage',
  state: 'RolewaveState',
  risk: 'RolewaveRisk',
  team: 'RolewaveTeam',
} as const;
