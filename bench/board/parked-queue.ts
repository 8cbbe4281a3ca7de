/** The task queue of the worker that answers for the board's workflows. */
export const parkedQueue = 'bench-parked';
