/** Apart from the schemas, which take longer to make than the command takes for everything else. */
export const isOverview = <T extends object>(view: T): view is Extract<T, { shown: 'overview' }> => 'shown' in view && view.shown === 'overview';
