import type { FailedNode } from '../../cli/tally.ts';
import type { Known } from '../../known.ts';
import type { CertificateMetrics } from '../../kubelet/certificate-metrics.ts';
import type { ServingCsrs } from '../../kubelet/serving-requests.ts';
import type { FailedRead } from '../../text/render-row-list.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';

export interface NodeCertificate extends ServingNode {
  /** Certificates in the metrics of the kubelet, or why they are unknown; undefined if metrics were not read. */
  readonly reported: ReportedCertificates | undefined;
}

export function metricsOf({ reported }: NodeCertificate): CertificateMetrics | undefined {
  return reported && 'found' in reported ? reported.found : undefined;
}

export type ReportedCertificates = { readonly found: CertificateMetrics } | FailedNode;

export interface CertificateFacts {
  /** Time when the certificates were read, in ms since 1970. */
  readonly now: number;
  /** The URL of the API server. */
  readonly server?: string;
  readonly nodes: readonly NodeCertificate[];
  /** Seconds until the caller's client certificate expires; undefined if the caller shows kubelets no client certificate. */
  readonly ownLeftSeconds: number | undefined;
  /** Fingerprints of the CAs in the ConfigMap kube-root-ca.crt, which is mounted into pods; undefined if they were not read. */
  readonly podAuthorities?: Known<ReadonlySet<string>> | undefined;
  /** CertificateSigningRequests of kubelets for serving certificates. */
  readonly requests: Known<ServingCsrs>;
  /**
   * Reasons not to approve pending CertificateSigningRequests, by name of the request. Empty for a request that asks only for names and
   * addresses of its own node.
   */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Addresses that pending requests were not compared with, and why. */
  readonly uncompared: readonly string[];
  /** Issued CertificateSigningRequests whose certificates kubelets do not serve. */
  readonly unfetched: readonly { readonly node: string; readonly name: string }[];
  /** Why some nodes of the list could not be read; undefined if all were read. */
  readonly leftOut: string | undefined;
  /** Nodes that the user named and that do not exist. */
  readonly missing?: readonly FailedRead[] | undefined;
}
