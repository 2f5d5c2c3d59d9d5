import { Failure } from '../../errors.ts';
import {
  type CertificateMetrics,
  parseCertificateMetrics,
} from '../../kubelet/certificate-metrics.ts';
import { type Kubelet, longestErrorBody } from './client.ts';
import { responseFailure } from './response-failure.ts';

const path = '/metrics';

/** Limit of the metrics in bytes. Kubelets send less. */
export const longestMetrics = 32 * 1024 * 1024;

/** Reads certificates from the metrics of a kubelet. Throws a Failure for a response without metrics. */
export async function readCertificateMetrics(kubelet: Kubelet): Promise<CertificateMetrics> {
  const request = { method: 'GET', path } as const;
  const sent = await kubelet.send(request);
  const most = sent.status === 200 ? longestMetrics : longestErrorBody;
  const response = await kubelet.read(sent, most);
  if (response.status >= 400) throw responseFailure(kubelet, request, response);
  if (response.status !== 200)
    throw new Failure(`the ${kubelet.label} answered ${path} with ${response.status}`);
  const read = parseCertificateMetrics(response.text);
  if ('found' in read) return read.found;
  throw new Failure(`the ${kubelet.label} answered ${path} with no metrics: ${read.problem}`);
}
