/** A program that requests /healthz of node-1's kubelet through the API server. */
export interface Program {
  /** The path of the executable; undefined for our program in this process. */
  readonly path: string | undefined;
  readonly args: readonly string[];
}

export const askedFor = '/api/v1/nodes/node-1/proxy/healthz';

export const kubectl = (path: string): Program => ({ path, args: ['get', '--raw', askedFor] });

export const kubeletaccess = (path?: string): Program => ({
  path,
  args: ['curl', '/healthz', '--node', 'node-1', '--via', 'apiserver'],
});
