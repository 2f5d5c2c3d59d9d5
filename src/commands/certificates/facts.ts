import type { FailedNode } from '../../cli/tally.ts';
import type { Known } from '../../known.ts';
import type { CertificateMetrics } from '../../kubelet/certificate-metrics.ts';
import type { ServingRequests } from '../../kubelet/serving-requests.ts';
import type { FailedRead } from '../../text/render-row-list.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';

/** The certificates of a kubelet. */
export interface NodeCertificate extends ServingNode {
  /** Certificates in the metrics of the kubelet, or why they are unknown; undefined if it was not asked. */
  readonly reported: ReportedCertificates | undefined;
}

/** What a kubelet reports of certificates; undefined if that is unknown. */
export function metricsOf({ reported }: NodeCertificate): CertificateMetrics | undefined {
  return reported && 'found' in reported ? reported.found : undefined;
}

export type ReportedCertificates = { readonly found: CertificateMetrics } | FailedNode;

/** All that was read; rows, warnings, metrics and the bundle are pure functions of it. */
export interface CertificateFacts {
  /** In ms since 1970. */
  readonly now: number;
  readonly nodes: readonly NodeCertificate[];
  /** Until your own client certificate expires; undefined if kubelets are shown none. */
  readonly ownLeftSeconds: number | undefined;
  /** Fingerprints of the CAs that pods have; undefined if they were not read. */
  readonly podAuthorities?: Known<ReadonlySet<string>> | undefined;
  /** Requests of kubelets for serving certificates. */
  readonly requests: Known<ServingRequests>;
  /** By name of a waiting request: reasons not to approve it; empty if it asks for names and addresses of its node alone. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Requests that are issued, and whose certificates their kubelets do not show. */
  readonly unfetched: readonly { readonly node: string; readonly name: string }[];
  /** Why nodes of the list could not be read. */
  readonly leftOut: string | undefined;
  /** Nodes that were named and do not exist. */
  readonly missing?: readonly FailedRead[] | undefined;
}
