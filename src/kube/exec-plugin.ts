// stub, replaced
export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string;
}
export interface ExecCluster {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthorityData: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  readonly config: unknown;
}
export interface ExecCredential {
  readonly token: string | undefined;
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  readonly expires: number | undefined;
}
export function checkExecConfig(_config: ExecConfig, _userName: string): void {}
export class ExecCredentials {
  current(_signal: AbortSignal): Promise<ExecCredential> {
    throw new Error();
  }
  refresh(_used: ExecCredential, _signal: AbortSignal): Promise<void> {
    throw new Error();
  }
}
