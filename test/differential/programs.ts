/** A program that is asked for /healthz of the kubelet of node-1, by way of the API server. */
export interface Program {
  /** Undefined for our program in this process. */
  readonly path: string | undefined;
  readonly args: readonly string[];
}

/** What both programs make of it: all that a server of ours is asked for. */
export const askedFor = '/api/v1/nodes/node-1/proxy/healthz';

export const kubectl = (path: string): Program => ({ path, args: ['get', '--raw', askedFor] });

export const kubeletaccess = (path?: string): Program => ({
  path,
  args: ['curl', '/healthz', '--node', 'node-1', '--via', 'apiserver'],
});
