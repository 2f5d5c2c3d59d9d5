import type { Send } from '../kit/api-client.ts';
import type { KeyPair } from '../kit/certificates.ts';
import type { Result, Running } from '../kit/tool.ts';

export type Caller = 'admin' | 'dev';

/** A cluster to try the program on: the sandbox, or a real one. node-1 runs the pod `web`; the pair is absent at first. */
export interface World {
  readonly title: string;
  /** 31 or 37. */
  readonly minor: number;
  /** `kubectl kubeletaccess …`. */
  tool(
    args: readonly string[],
    as?: Caller,
    env?: Readonly<Record<string, string>>,
  ): Promise<Result>;
  /** The same with any kubeconfig, while it runs. */
  start(args: readonly string[], kubeconfig: string): Running;
  /** Starts the program as a process that can be killed. */
  startProcess(args: readonly string[], kubeconfig: string): Running;
  /** `kubectl logs web`, or the same request. */
  logs(): Promise<Result>;
  /** `kubectl apply --dry-run=server -f -`, or the same requests: exit 0 if the API server would take it all. */
  applyDryRun(yaml: string): Promise<Result>;
  /** The API server, as admin. */
  readonly api: Send;
  /** The URL of the API server. */
  readonly server: string;
  /** Where a node's kubelet listens. */
  kubelet(node: string): Promise<{ readonly host: string; readonly port: number }>;
  /** PEM: the authority of the kubelets, and the admin's certificate. */
  readonly ca: string;
  readonly admin: KeyPair;
  /** How long kubelets hold on to a denial. */
  readonly denialCacheMs: number;
}
