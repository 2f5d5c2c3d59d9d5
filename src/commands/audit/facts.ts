import type { KubeletAddress } from '../../kubelet/address.ts';
import type { Cause } from '../../kubelet/cause.ts';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { KubeletConfiguration } from '../../kubelet/configz.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';

/** What was found by looking, or why it could not be looked at: which never counts as fine. */
export type Look<T> = { readonly found: T } | Unseen;

export interface Unseen {
  readonly unseen: string;
  /** The right that it would take, where it was refused. */
  readonly needs?: string;
}

export const interrupted: Unseen = { unseen: 'interrupted before it was looked at' };

/** What a kubelet answered a GET without any credential. */
export type AnonymousAnswer =
  /** 401: anonymous authentication is off. */
  | { readonly said: 'no credential accepted' }
  /** To system:anonymous: it is on, and gave nothing. */
  | { readonly said: 'forbidden'; readonly words: string }
  | { readonly said: 'served'; readonly status: number };

/** What was seen of a read-only port, and from where one looked. */
export interface ReadOnlyAnswer {
  readonly port: number;
  readonly said: 'served' | 'closed';
}

export interface NodeAuditFacts {
  readonly name: string;
  readonly version: string;
  /** `linux` or `windows`; empty if it is not told. */
  readonly system: string;
  readonly address: KubeletAddress | undefined;
  readonly anonymous: Look<AnonymousAnswer>;
  readonly readOnly: Look<ReadOnlyAnswer>;
  readonly certificate: Look<ServingCertificate>;
  /** What was wrong when the serving certificate was verified. */
  readonly distrust: Look<Cause | 'nothing'>;
  readonly configuration: Look<{
    readonly via: 'direct' | 'apiserver';
    readonly value: KubeletConfiguration;
  }>;
}

/** All that was looked at; the report is a pure function of it. */
export interface AuditFacts {
  readonly server: string;
  /** When, in ms since 1970. */
  readonly now: number;
  /** A certificate that ends within so many days is told. */
  readonly warnDays: number;
  readonly nodes: Look<readonly NodeAuditFacts[]>;
  readonly rbac: Look<{
    readonly roles: readonly ClusterRole[];
    readonly bindings: readonly ClusterRoleBinding[];
  }>;
}

export function isFound<T>(look: Look<T>): look is { readonly found: T } {
  return 'found' in look;
}
