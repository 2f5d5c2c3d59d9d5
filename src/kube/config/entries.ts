import type { ExecCluster } from '../credential-plugin/exec-info.ts';
import type { ExecConfig } from '../credential-plugin/plugin.ts';

export interface ClusterEntry extends Omit<ExecCluster, 'config'> {
  readonly certificateAuthority: string;
  /** The extension `client.authentication.k8s.io/exec`, for exec plugins; undefined without one. */
  readonly execExtension: unknown;
}

export interface UserEntry {
  readonly clientCertificate: string;
  readonly clientCertificateData: string;
  readonly clientKey: string;
  readonly clientKeyData: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly impersonate: Impersonation;
  readonly exec: ExecConfig | undefined;
  readonly authProvider: AuthProvider | undefined;
}

/** A plugin built into kubectl; only `oidc` is left. */
export interface AuthProvider {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

/** One or more files, merged as kubectl does: the first file with a name wins. Paths are absolute. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext: string;
  /** The files that were read, in order. */
  readonly files: readonly string[];
}
