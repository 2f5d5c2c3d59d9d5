// Node loads the bundle of this file before it starts from a snapshot. This code handles each script that a command then loads: it writes
// the compiled code of the called functions to a file beside the script.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Script, type ScriptOptions } from 'node:vm';
import { type Answer, kubeconfig, node, replaceNetwork } from './no-network.ts';

const scripts = new Map<string, Script>();

class Recorded extends Script {
  constructor(code: string, options: ScriptOptions & { readonly filename: string }) {
    super(code, options);
    scripts.set(options.filename, this);
  }
}

/** Objects that earlier runs created, by path. */
const storeFile = 'store.json';
const store: Record<string, object> = existsSync(storeFile)
  ? JSON.parse(readFileSync(storeFile, 'utf8'))
  : {};

const lists: Readonly<
  Record<string, { readonly kind: string; readonly items: readonly object[] }>
> = {
  nodes: { kind: 'NodeList', items: [node] },
  clusterroles: { kind: 'ClusterRoleList', items: [] },
  clusterrolebindings: { kind: 'ClusterRoleBindingList', items: [] },
  rolebindings: { kind: 'RoleBindingList', items: [] },
};

function kubelet(path: string): ReturnType<Answer> {
  if (path.startsWith('/containerLogs/'))
    return { status: 404, body: 'pod "probe" does not exist\n' };
  if (!path.startsWith('/checkpoint/')) return { body: 'ok' };
  const asked = 'verb=get, resource=nodes, subresource(s)=[checkpoint proxy]';
  return { status: 403, body: `Forbidden (user=kubernetes, ${asked})\n` };
}

/** Returns the response of an API server that has one node. */
function apiServer(method: string, path: string, sent: string): ReturnType<Answer> {
  if (method === 'POST') {
    const object = JSON.parse(sent);
    if (path.endsWith('/selfsubjectreviews')) object.status = { userInfo: { username: 'a' } };
    else if (path.endsWith('/selfsubjectaccessreviews')) object.status = { allowed: true };
    else if (path.endsWith('/subjectaccessreviews')) object.status = access();
    else {
      Object.assign(object.metadata, { uid: 'a', resourceVersion: '1' });
      store[`${path}/${object.metadata.name}`] = object;
    }
    return { status: 201, body: object };
  }
  const list = lists[path.slice(path.lastIndexOf('/') + 1)];
  const [, apiVersion] = /^\/apis?\/(.*)\//.exec(path) ?? [];
  if (list) return { body: { apiVersion, metadata: {}, ...list } };
  const found = path.startsWith('/api/') ? node : store[path];
  if (found) return { body: found };
  return { status: 404, body: { kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 } };
}

/** Returns the status of a SubjectAccessReview. The request is allowed after `grant` has created a binding. */
function access() {
  const name = Object.keys(store).find((path) => path.includes('/clusterrolebindings/'));
  const binding = name?.slice(name.lastIndexOf('/') + 1);
  if (binding === undefined) return { allowed: false };
  return { allowed: true, reason: `RBAC: allowed by ClusterRoleBinding "${binding}"` };
}

function answer(request: string): ReturnType<Answer> {
  const [, method = '', encoded = ''] = /^(\S+) ([^\s?]+)/.exec(request) ?? [];
  const path = decodeURIComponent(encoded);
  const proxied = path.replace(/^\/api\/v1\/nodes\/a\/proxy/, '');
  if (!proxied.startsWith('/api')) return kubelet(proxied);
  return apiServer(method, path, request.slice(request.indexOf('\r\n\r\n')));
}

writeFileSync('kubeconfig', kubeconfig);
Object.assign(process.env, { KUBECONFIG: 'kubeconfig', XDG_CACHE_HOME: '/dev/null' });
replaceNetwork(answer, { 'node:vm': { Script: Recorded } });

process.on('exit', () => {
  writeFileSync(storeFile, JSON.stringify(store));
  for (const [name, script] of scripts) {
    const code = script.createCachedData();
    const path = `later/${name}.code`;
    // Keeps the larger code if there are two versions: it comes from the run that called more functions.
    if (!existsSync(path) || readFileSync(path).length < code.length) writeFileSync(path, code);
  }
});
