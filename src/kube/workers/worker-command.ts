/** The argument that makes a worker of this program: it is in no help. */
export const workerCommand = '__worker';
