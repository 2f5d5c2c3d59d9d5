import { renderValue } from '../text/render-value.ts';
import { readMetrics, type Sample } from './bodies/metrics-text.ts';

/** Certificate metrics from a kubelet's /metrics. A field is undefined if the kubelet does not report it. */
export interface CertificateMetrics {
  /**
   * Time until the kubelet's client certificate expires; negative after the expiry. The kubelet reports it if rotateCertificates is
   * on.
   */
  readonly clientLeftSeconds: number | undefined;
  /** Time until the kubelet's serving certificate expires. The kubelet reports it if serverTLSBootstrap is on. */
  readonly servingLeftSeconds: number | undefined;
  /** Number of failed renewals since the kubelet started. */
  readonly clientRenewalErrors: number | undefined;
  readonly servingRenewalErrors: number | undefined;
  /** Number of times that clients have sent an expired certificate since the kubelet started. */
  readonly expiredShown: number | undefined;
  /** The shortest remaining lifetime among client certificates; undefined if no client has sent a certificate. */
  readonly callers: CallerLifetime | undefined;
}

/** Range of the shortest remaining lifetime among all client certificates sent to the kubelet since it started. */
export interface CallerLifetime {
  /** Lower bound in seconds; -Infinity if the certificate was expired. */
  readonly over: number;
  /** Upper bound in seconds; Infinity if the lifetime exceeds all finite buckets. */
  readonly upTo: number;
}

/** Source: cmd/kubelet/app/server.go and pkg/kubelet/certificate/kubelet.go of kubernetes. */
const gauges = {
  kubelet_certificate_manager_client_ttl_seconds: 'clientLeftSeconds',
  kubelet_certificate_manager_server_ttl_seconds: 'servingLeftSeconds',
  kubelet_certificate_manager_client_expiration_renew_errors: 'clientRenewalErrors',
  kubelet_server_expiration_renew_errors: 'servingRenewalErrors',
} as const;

/**
 * Histogram of the remaining lifetimes of all client certificates, including refused ones.
 * Source: x509.go of k8s.io/apiserver.
 */
const callerBuckets = 'apiserver_client_certificate_expiration_seconds_bucket';

/** Matches the lines of these metrics. Parsing all lines of 5,000 kubelets would take 20 s. */
const ownLines =
  /^(?:kubelet_certificate_manager_|kubelet_server_expiration_|apiserver_client_certificate_expiration_)[^\n]*\n/gm;

/** Returns the metrics, or the first problem in the body, such as `line 7: its end is missing`. */
export function parseCertificateMetrics(
  body: string,
): { readonly found: CertificateMetrics } | { readonly problem: string } {
  const values: Partial<Record<(typeof gauges)[keyof typeof gauges], number>> = {};
  const buckets: { readonly upTo: number; readonly count: number }[] = [];
  const own = body.match(ownLines);
  const isCut = !body.endsWith('\n');
  const problem = readMetrics(own && !isCut ? own.join('') : body, ({ metric, labels, value }) => {
    if (Object.hasOwn(gauges, metric)) {
      const number = Number(value);
      // Infinity means that the kubelet has no such certificate.
      if (Number.isFinite(number)) values[gauges[metric as keyof typeof gauges]] ??= number;
    } else if (metric === callerBuckets)
      buckets.push({ upTo: boundOf(labels), count: Number(value) });
    return undefined;
  });
  if (problem !== undefined) return { problem };
  return {
    found: {
      clientLeftSeconds: values.clientLeftSeconds,
      servingLeftSeconds: values.servingLeftSeconds,
      clientRenewalErrors: values.clientRenewalErrors,
      servingRenewalErrors: values.servingRenewalErrors,
      expiredShown: buckets.find(({ upTo }) => upTo === 0)?.count,
      callers: leastLifetime(buckets),
    },
  };
}

function boundOf(labels: Sample['labels']): number {
  const at = labels.findIndex((text, index) => index % 2 === 0 && text === 'le');
  const text = at < 0 ? undefined : labels[at + 1];
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}

function leastLifetime(
  buckets: readonly { readonly upTo: number; readonly count: number }[],
): CallerLifetime | undefined {
  const sorted = buckets
    .filter(({ upTo }) => !Number.isNaN(upTo))
    .toSorted((a, b) => a.upTo - b.upTo);
  const first = sorted.findIndex(({ count }) => count > 0);
  const bucket = sorted[first];
  return bucket && { over: sorted[first - 1]?.upTo ?? Number.NEGATIVE_INFINITY, upTo: bucket.upTo };
}

/** Formats a range, such as `expired`, `<30m`, `7d-30d` or `>360d`. */
export function formatLifetime({ over, upTo }: CallerLifetime): string {
  if (upTo <= 0) return 'expired';
  if (over <= 0) return `<${renderValue(upTo, 'seconds')}`;
  if (upTo === Number.POSITIVE_INFINITY) return `>${renderValue(over, 'seconds')}`;
  return `${renderValue(over, 'seconds')}-${renderValue(upTo, 'seconds')}`;
}
