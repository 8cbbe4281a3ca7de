/** The metric that every connector measures: how many differences there are between actual and reviewed access. */
export const driftMetric = 'access-drift';
