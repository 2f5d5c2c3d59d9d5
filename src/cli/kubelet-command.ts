import type { Known } from '../known.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import type { KubeletAccess } from '../kube/kubelet/credentials.ts';
import { ConnectionCommand } from './connection-command.ts';
import {
  addressTypesOf,
  kubeletPortOf,
  openKubelets,
  openKubeletsAnonymously,
  openKubeletsIfAny,
  rejectKubeletFlags,
} from './kubelets.ts';

/** A command that talks to kubelets as well. */
export abstract class KubeletCommand extends ConnectionCommand {
  protected addressTypes(): readonly string[] {
    return addressTypesOf(this.globals);
  }

  protected port(): number | undefined {
    return kubeletPortOf(this.globals);
  }

  protected refuseKubeletFlags(beside: string): void {
    rejectKubeletFlags(this.given, beside);
  }

  protected kubeletAccess(connection: ApiConnection): Promise<KubeletAccess> {
    return openKubelets(this, connection);
  }

  protected kubeletAccessIfAny(connection: ApiConnection): Promise<Known<KubeletAccess>> {
    return openKubeletsIfAny(this, connection);
  }

  protected anonymousAccess(connection: ApiConnection, verify: boolean): KubeletAccess {
    return openKubeletsAnonymously(this, connection, verify);
  }
}
