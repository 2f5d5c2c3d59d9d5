import { type Script, type Scripted, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';

/**
 * Responses of one kubelet by path. A number is a status code, a list a status code with a body. A text is sent unchanged, and any other value
 * as JSON.
 */
export type Answers = Readonly<Record<string, unknown>>;

/** A response to /stats/summary: the node uses 1 GiB of memory, and half of its disk is available. */
export const summary = {
  node: {
    nodeName: 'node-1',
    cpu: { usageNanoCores: 250_000_000 },
    memory: { workingSetBytes: 2 ** 30, availableBytes: 2 ** 30 },
    fs: { capacityBytes: 1000, availableBytes: 500, usedBytes: 400, inodes: 10, inodesFree: 10 },
  },
  pods: [
    {
      podRef: { namespace: 'shop', name: 'web', uid: 'a' },
      cpu: { usageNanoCores: 100_000_000 },
      memory: { workingSetBytes: 3 * 2 ** 20 },
      'ephemeral-storage': { usedBytes: 2 ** 20 },
    },
    {
      podRef: { namespace: 'shop', name: 'db', uid: 'b' },
      memory: { workingSetBytes: 5 * 2 ** 20 },
      'ephemeral-storage': { usedBytes: 7 * 2 ** 20 },
    },
    { podRef: { namespace: 'ops', name: 'log', uid: 'c' }, memory: { workingSetBytes: 2 ** 20 } },
  ],
};

const bodies: Answers = {
  '/stats/summary': summary,
  '/configz': { kubeletconfig: { evictionHard: { 'nodefs.available': '10%' } } },
  '/pods': { kind: 'PodList', items: [] },
};

export const answering =
  (changed: Answers): Script =>
  ({ url = '' }, response) => {
    const answer = { ...bodies, ...changed }[url];
    const [status, text = 'no'] = Array.isArray(answer) ? answer : [answer];
    if (typeof status === 'number') response.writeHead(status).end(text);
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };

/** Starts a cluster with a node for each kubelet, and records the requests that the kubelets receive. */
export function withKubelets(
  kubelets: readonly Answers[],
  use: (
    tool: Scripted['tool'],
    asked: () => readonly string[],
    sandbox: Scripted['sandbox'],
  ) => Promise<void>,
): Promise<void> {
  return withScriptedKubelets(kubelets.map(answering), ({ tool, requests, sandbox }) =>
    use(tool, () => requests.map(({ line }) => line), sandbox),
  );
}

export function cellsOf(table: string): readonly (readonly string[])[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));
}
