import type { Known } from '../known.ts';
import type { ApiServer } from '../kube/api-server/api-server.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import type { KubeletAccess } from '../kube/kubelet/credentials.ts';
import type { Limits } from '../kube/transport/limits.ts';
import { ClusterCommand } from './cluster-command.ts';
import { openConnection, openServer } from './connection.ts';
import {
  addressTypesOf,
  kubeletPortOf,
  openKubelets,
  openKubeletsAnonymously,
  openKubeletsIfAny,
  rejectKubeletFlags,
} from './kubelets.ts';
import { parseDurationOption } from './parse-options.ts';

/** A command that talks to kubelets as well. */
export abstract class KubeletCommand extends ClusterCommand {
  protected connection(): ApiConnection {
    return openConnection(this);
  }

  protected apiServer(connection: ApiConnection, limits?: Limits): ApiServer {
    return openServer(this, connection, limits);
  }

  protected duration(flag: string, text: string): number {
    return parseDurationOption(flag, text);
  }

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
