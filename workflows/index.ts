/** Everything that a worker registers. */
export { wave } from './wave/wave.ts';
export { rolePackage } from './package/role-package.ts';
export { simulation } from './simulation.ts';
export { metricTrial } from './metric-trial.ts';
export { rollbackPreview } from './rollback-preview.ts';
export { notice } from './notice.ts';
