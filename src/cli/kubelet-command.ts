import { Option } from 'clipanion';
import { UsageFailure } from '../errors.ts';
import type { Known } from '../known.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import {
  type KubeletAccess,
  type KubeletFlags,
  openKubeletAccess,
  openWithoutCredential,
} from '../kube/kubelet/credentials.ts';
import { readOrNote } from '../kube/read-or-note.ts';
import { defaultAddressTypes, isPort } from '../kubelet/address.ts';
import { ConnectionCommand } from './connection-command.ts';

/** What a command that talks to kubelets takes besides: named after metrics-server's flags. */
export abstract class KubeletCommand extends ConnectionCommand {
  kubeletPort = Option.String('--kubelet-port', '', {
    description: 'Port of the kubelets, in place of what the node reports.',
  });
  kubeletPreferredAddressTypes = Option.String(
    '--kubelet-preferred-address-types',
    defaultAddressTypes.join(','),
    {
      description: `Address types to try, in order (default ${defaultAddressTypes.join(',')}).`,
    },
  );
  kubeletCertificateAuthority = Option.String('--kubelet-certificate-authority', '', {
    description:
      "File of the authority to verify kubelets with, in place of the cluster's; system for the system's.",
  });
  kubeletClientCertificate = Option.String('--kubelet-client-certificate', '', {
    description: "Client certificate for kubelets, in place of the context's.",
  });
  kubeletClientKey = Option.String('--kubelet-client-key', '', {
    description: 'Key of that certificate.',
  });
  kubeletTokenFile = Option.String('--kubelet-token-file', '', {
    description: "File of a token for kubelets, in place of the context's credentials.",
  });
  kubeletProxyUrl = Option.String('--kubelet-proxy-url', '', {
    description: 'Proxy between here and the kubelets, in place of the one that HTTPS_PROXY names.',
  });
  kubeletTlsServerName = Option.String('--kubelet-tls-server-name', '', {
    description: "Name to verify a kubelet's certificate for, in place of its address.",
  });
  kubeletInsecureSkipTlsVerify = Option.Boolean('-k,--kubelet-insecure-skip-tls-verify', false, {
    description: 'Do not verify kubelets; a context whose credential is a token is refused then.',
  });

  protected addressTypes(): readonly string[] {
    const types = this.kubeletPreferredAddressTypes.split(',').map((type) => type.trim());
    const wrong = types.find((type) => !defaultAddressTypes.includes(type));
    if (wrong !== undefined)
      throw new UsageFailure(`"${wrong}" is not an address type`, {
        hints: [`one of ${defaultAddressTypes.join(', ')}`],
      });
    return types;
  }

  protected port(): number | undefined {
    if (this.kubeletPort === '') return undefined;
    const port = Number(this.kubeletPort);
    if (!isPort(port))
      throw new UsageFailure(`--kubelet-port "${this.kubeletPort}" is not a port number`);
    return port;
  }

  /** Where nothing of ours reaches a kubelet, as `beside` has it, a flag that says otherwise is a mistake. */
  protected refuseKubeletFlags(beside: string): void {
    const given = [
      this.kubeletPort,
      this.kubeletCertificateAuthority,
      this.kubeletClientCertificate,
      this.kubeletClientKey,
      this.kubeletTokenFile,
      this.kubeletProxyUrl,
      this.kubeletTlsServerName,
    ].some((value) => value !== '');
    const types = this.kubeletPreferredAddressTypes !== defaultAddressTypes.join(',');
    if (given || types || this.kubeletInsecureSkipTlsVerify)
      throw new UsageFailure(
        `--kubelet-… flags and -k concern the direct path: they cannot be used with ${beside}`,
      );
  }

  protected kubeletAccess(connection: ApiConnection): Promise<KubeletAccess> {
    return openKubeletAccess(connection, this.kubeletFlags(), this.kubeletWorld());
  }

  /** The same, or why there is none: with impersonation, or without a credential that kubelets accept. */
  protected async kubeletAccessIfAny(connection: ApiConnection): Promise<Known<KubeletAccess>> {
    try {
      return await readOrNote(() => this.kubeletAccess(connection));
    } catch (error) {
      if (connection.impersonate && error instanceof UsageFailure)
        return { unknown: error.message };
      throw error;
    }
  }

  /** As somebody without any credential; `verify` says whether kubelets are verified as flags have it, or not at all. */
  protected anonymousAccess(connection: ApiConnection, verify: boolean): KubeletAccess {
    const flags = this.kubeletFlags();
    const trusting = { ...flags, certificateAuthority: '', insecureSkipTlsVerify: true };
    return openWithoutCredential(connection, verify ? flags : trusting, this.kubeletWorld());
  }

  private kubeletFlags(): KubeletFlags {
    return {
      certificateAuthority: this.kubeletCertificateAuthority,
      clientCertificate: this.kubeletClientCertificate,
      clientKey: this.kubeletClientKey,
      tokenFile: this.kubeletTokenFile,
      tlsServerName: this.kubeletTlsServerName,
      insecureSkipTlsVerify: this.kubeletInsecureSkipTlsVerify,
      proxyUrl: this.kubeletProxyUrl,
    };
  }

  private kubeletWorld() {
    const { cwd, env, signal } = this.context;
    return { cwd, env, signal, log: this.log() };
  }
}
