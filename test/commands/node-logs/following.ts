import type { FollowSettings } from '../../../src/commands/node-logs/follow/poll.ts';
import { type Kubelet, openViaApiServer } from '../../../src/kube/kubelet-client/client.ts';
import { defaultLimits } from '../../../src/kube/transport/limits.ts';
import { connectDirectly, connectTo } from '../../kit/connect.ts';
import { patientLimits } from '../../kit/hang-limits.ts';
import { rule } from '../../kit/rbac.ts';
import { allow } from '../../kit/with-sandbox.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { NodeLogs } from '../../sandbox/node-logs.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';

export interface Following {
  readonly sandbox: Sandbox;
  readonly kubelet: Kubelet;
  readonly logs: NodeLogs;
  readonly told: readonly string[];
  text(): string;
  until(check: (text: string) => boolean): Promise<void>;
  /** Waits for `count` further requests, after which new lines have been printed. */
  polls(count: number): Promise<void>;
  /** Result or error with which following ended. */
  readonly ended: Promise<unknown>;
  readonly faults: Set<Fault>;
}

type Follow = (kubelet: Kubelet, settings: FollowSettings) => AsyncIterable<Buffer>;

export async function following(
  options: SandboxOptions & {
    readonly via?: 'direct' | 'apiserver';
    readonly before?: (logs: NodeLogs) => void;
  },
  follow: Follow,
  use: (following: Following) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ nodes: ['none'], ...options });
  const rules = [rule('nodes/log,nodes/proxy')];
  for (const name of ['jane', 'Kubernetes']) allow(sandbox, name, rules);
  const stop = new AbortController();
  const [served] = sandbox.kubelets;
  if (!served) throw new Error('no kubelet');
  options.before?.(served.logs);
  const apiServer = await connectTo(sandbox, 'admin', 'system:masters', stop.signal);
  const kubelet =
    options.via === 'apiserver'
      ? openViaApiServer('node-1', apiServer, defaultLimits)
      : (await connectDirectly(sandbox, 'jane', stop.signal))(
          sandbox.store.get('nodes', 'node-1') as never,
          patientLimits,
        );
  const told: string[] = [];
  const chunks: Buffer[] = [];
  const settings = {
    pollMs: 20,
    signal: stop.signal,
    report: (kind: string, words: string) => told.push(`${kind}: ${words}`),
  };
  let end: unknown;
  const ended = (async () => {
    for await (const chunk of follow(kubelet, settings)) chunks.push(chunk);
  })().catch((error: unknown) => {
    end = error;
    return error;
  });
  const text = () => Buffer.concat(chunks).toString('utf8');
  const wait = async (check: () => boolean) => {
    for (let turn = 0; !check(); turn += 1) {
      if (turn > 20_000 || end !== undefined)
        throw new Error(`printed: ${text()}\ntold: ${told.join('\n')}\nended: ${end}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  try {
    await use({
      sandbox,
      kubelet,
      logs: served.logs,
      told,
      text,
      until: (check) => wait(() => check(text())),
      polls: (count) => {
        const wanted = served.requests.length + count;
        return wait(() => served.requests.length >= wanted);
      },
      ended,
      faults: served.faults as Set<Fault>,
    });
  } finally {
    stop.abort();
    await ended;
    kubelet.close();
    apiServer.close();
    await sandbox.stop();
  }
}
