import { formatHostPort } from '../../../kubelet/address.ts';
import type { Cause } from '../../../kubelet/cause.ts';
import { daysLeft, type ServingCertificate } from '../../../kubelet/certificate.ts';
import type { KubeletRefusal } from '../../../kubelet/refusal.ts';
import type { FailedProbe, NodeFacts, PendingRequest, Probe } from '../facts.ts';
import { isFailed } from './probe.ts';

/** The outcome of one path to a node: `ok`, `not asked`, or the cause. */
export interface PathReport {
  readonly result: 'ok' | 'not asked' | Cause;
  /** In ms. */
  readonly ms?: number;
  /** Of who denied it, or why it was not asked; empty if ok. */
  readonly words: string;
  /** Who denied it, or where it failed; absent if it did not. */
  readonly by?: FailedProbe['by'];
  /** Of a kubelet that denied it. */
  readonly refusal?: KubeletRefusal;
}

export interface NodeReport {
  readonly name: string;
  readonly version: string;
  readonly os: string;
  /** The Ready condition: True, False, Unknown; empty if there is none. */
  readonly ready: string;
  /** `HOST:PORT`; empty if the node has no usable address. */
  readonly address: string;
  readonly addressType: string;
  readonly direct: PathReport;
  readonly viaApiServer: PathReport;
  readonly certificate?: ServingCertificate & { readonly daysLeft: number };
  readonly pendingRequest?: PendingRequest;
  readonly authorizationMode?: string;
}

export function nodeReport(facts: NodeFacts, now: number): NodeReport {
  const { node, address, direct, viaApiServer, certificate, pendingRequest, authorizationMode } =
    facts;
  return {
    name: node.metadata?.name ?? '',
    version: node.status?.nodeInfo?.kubeletVersion ?? '',
    os: node.status?.nodeInfo?.operatingSystem ?? '',
    ready: node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? '',
    address: address ? formatHostPort(address) : '',
    addressType: address?.type ?? '',
    direct: pathReport(direct),
    viaApiServer: pathReport(viaApiServer),
    ...(certificate && {
      certificate: {
        ...certificate,
        daysLeft: daysLeft(certificate, now),
      },
    }),
    ...(pendingRequest && { pendingRequest }),
    ...(authorizationMode !== undefined && { authorizationMode }),
  };
}

function pathReport(probe: Probe): PathReport {
  if (isFailed(probe)) {
    const { cause, ms, words, by, refusal } = probe;
    return { result: cause, ms, words, by, ...(refusal && { refusal }) };
  }
  return probe.result === 'ok'
    ? { result: 'ok', ms: probe.ms, words: '' }
    : { result: 'not asked', words: probe.why };
}
