/** What a package of a plan has to say for people, where a test is not about it. */
export const packageWords = {
  rolloutSteps: ['give it'],
  ownerHandoff: 'handed over',
  rollbackPath: ['take it back'],
  postLaunchChecks: ['evaluation'],
  maintenanceNote: 'none',
};
