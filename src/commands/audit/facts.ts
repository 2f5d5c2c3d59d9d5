import type { Known, Unknown } from '../../known.ts';
import type { KubeletAddress } from '../../kubelet/address.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { KubeletConfiguration } from '../../kubelet/configz.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';

/** A kubelet's answer to a GET without a credential. */
export type AnonymousAnswer =
  /** 401: anonymous authentication is off. */
  | { readonly result: 'no credential accepted' }
  /** To system:anonymous: anonymous authentication is on, and nothing is allowed. */
  | { readonly result: 'forbidden'; readonly words: string }
  | { readonly result: 'served'; readonly status: number };

/** The state of a read-only port, as seen from here. */
export interface ReadOnlyAnswer {
  readonly port: number;
  readonly result: 'served' | 'closed';
}

export interface NodeAuditFacts {
  readonly name: string;
  readonly version: string;
  /** `linux` or `windows`; empty if unknown. */
  readonly system: string;
  readonly address: KubeletAddress | undefined;
  readonly anonymous: Known<AnonymousAnswer>;
  readonly readOnly: Known<ReadOnlyAnswer>;
  readonly certificate: Known<ServingCertificate>;
  /** Why the serving certificate cannot be verified. */
  readonly distrust: Known<Cause | 'none'>;
  readonly configuration: Known<{
    readonly via: 'direct' | 'apiserver';
    readonly value: KubeletConfiguration;
  }>;
}

export interface RbacFacts {
  readonly roles: readonly ClusterRole[];
  readonly bindings: readonly ClusterRoleBinding[];
}

/** All that was read; the report is a pure function of it. */
export interface AuditFacts {
  readonly server: string;
  /** When, in ms since 1970. */
  readonly now: number;
  /** A serving certificate that expires within so many days is a finding. */
  readonly warnDays: number;
  readonly nodes: Known<readonly NodeAuditFacts[]>;
  /** Set where some nodes are missing in `nodes`. */
  readonly leftOut?: Unknown | undefined;
  readonly rbac: Known<RbacFacts>;
  /** Workloads of each service account that can run commands, by its subject in words. */
  readonly running: ReadonlyMap<string, Known<readonly RunningWorkload[]>>;
}
