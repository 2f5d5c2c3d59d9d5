/** Argument that starts this program as a worker; help does not show it. */
export const workerCommand = '__worker';
