/** Argument that makes this program run as a worker. The help does not show it. */
export const workerCommand = '__worker';
