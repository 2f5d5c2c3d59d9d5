const daySeconds = 86_400;

/** Metrics of a kubelet with rotateCertificates whose clients have certificates for a year. */
export function certificateMetrics({ clientDays = 300, renewalErrors = 0 } = {}): string {
  const callers = 'apiserver_client_certificate_expiration_seconds';
  const bounds = [
    ['2.592e+06', 0],
    ['7.776e+06', 0],
    ['3.1104e+07', 0],
    ['+Inf', 3],
  ] as const;
  return `# HELP ${callers} [ALPHA] Distribution of the remaining lifetime on the certificate used to authenticate a request.
# TYPE ${callers} histogram
${bounds.map(([le, count]) => `${callers}_bucket{le="${le}"} ${count}\n`).join('')}${callers}_sum 9.46e+07
${callers}_count 3
# HELP kubelet_certificate_manager_client_expiration_renew_errors [ALPHA] Counter of certificate renewal errors.
# TYPE kubelet_certificate_manager_client_expiration_renew_errors counter
kubelet_certificate_manager_client_expiration_renew_errors ${renewalErrors}
# HELP kubelet_certificate_manager_client_ttl_seconds [ALPHA] Gauge of the TTL (time-to-live) of the Kubelet's client certificate.
# TYPE kubelet_certificate_manager_client_ttl_seconds gauge
kubelet_certificate_manager_client_ttl_seconds ${clientDays * daySeconds + 3600}
`;
}
