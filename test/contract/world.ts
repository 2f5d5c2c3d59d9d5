import type { Send } from '../kit/api-client.ts';
import type { KeyPair } from '../kit/certificates.ts';
import type { Result, Running } from '../kit/tool.ts';

export type Caller = 'admin' | 'dev';

/**
 * A cluster to run the program on: the sandbox, or a real cluster. node-1 runs the pod `web`. At first, kube-apiserver has no role for
 * access to kubelets.
 */
export interface World {
  readonly title: string;
  readonly minor: number;
  /** Runs `kubectl kubeletaccess …`. */
  tool(
    args: readonly string[],
    as?: Caller,
    env?: Readonly<Record<string, string>>,
  ): Promise<Result>;
  /** Starts `kubectl kubeletaccess …` with any kubeconfig. */
  start(args: readonly string[], kubeconfig: string): Running;
  /** Runs `kubectl logs web`, or sends the same request. */
  logs(): Promise<Result>;
  /** Runs `kubectl apply --dry-run=server -f -`, or sends the same requests: exit 0 if the API server would accept all objects. */
  applyDryRun(yaml: string): Promise<Result>;
  readonly api: Send;
  readonly server: string;
  kubelet(node: string): Promise<{ readonly host: string; readonly port: number }>;
  /** The CA of the kubelets and the admin's certificate, in PEM. */
  readonly ca: string;
  readonly admin: KeyPair;
  /** The time for which kubelets cache a denial, in ms. */
  readonly denialCacheMs: number;
}
