/** Kinds of clusters, with their peculiarities. test/contract/first-commands.ts has the expected output on each kind. */
export const likenesses = {
  kubeadm: 'kubelets sign their own certificates, and kube-apiserver does not verify them',
  openshift: 'kubelets have certificates of a CA that the kubeconfig lacks',
  k3s: 'one CA for servers and one for clients; kube-apiserver is in system:masters',
  laptop: 'the caller reaches the API server and no node',
  proxied: 'the kubeconfig leads to a proxy that impersonates the caller',
  cloud: 'a credential plugin prints a token, and the caller reaches no node',
  autopilot: 'an authorizer in front of RBAC denies nodes/proxy to all',
  konnectivity: 'the API server reaches nodes by agents that run there, and the caller none',
  mixed: 'node-2 signs its own certificate, node-3 drops packets, and node-4 is not ready',
} as const;

export type Likeness = keyof typeof likenesses;

export const likenessNames = Object.keys(likenesses) as readonly Likeness[];

/** Returns the kind of cluster with this name. Throws an Error if no kind has this name. */
export function parseLikeness(text: string): Likeness {
  const found = likenessNames.find((name) => name === text);
  if (!found)
    throw new Error(`no cluster is like "${text}": choose from ${likenessNames.join(', ')}`);
  return found;
}
