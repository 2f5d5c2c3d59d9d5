import type { CertificateSigningRequest } from '../objects.ts';
import { command } from '../text/command.ts';

/** The signer of serving certificates of kubelets with `serverTLSBootstrap`. */
export const servingSigner = 'kubernetes.io/kubelet-serving';

/** `approved`: it waits for a signature. */
export type RequestState = 'pending' | 'approved' | 'denied' | 'failed' | 'issued';

/** A CertificateSigningRequest of a kubelet for its serving certificate. */
export interface ServingRequest {
  /** Name of the CertificateSigningRequest. */
  readonly name: string;
  readonly state: RequestState;
  /** As the API server has it; empty if it does not. */
  readonly created: string;
  /** Content of a request that waits for approval, PEM in Base64. */
  readonly asked: AskedInObject | undefined;
  /** PEM in Base64, of one that is issued. */
  readonly certificate: string | undefined;
}

interface AskedInObject {
  readonly request: string;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** Shows what a request asks for: its signer does not compare that with the addresses of the node. */
export function checkRequest(name: string): string {
  return command`kubectl get csr ${name} -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text`;
}

export function approveRequests(names: readonly string[]): string {
  return command`kubectl certificate approve ${names}`;
}

/** By node name, the newest first. */
export type ServingRequests = ReadonlyMap<string, readonly ServingRequest[]>;

/** Only requests that come from kubelets: anybody may be allowed to make one, in the name of any node. */
export function servingRequestsOf(objects: readonly CertificateSigningRequest[]): ServingRequests {
  const created = ({ metadata }: CertificateSigningRequest) => metadata.creationTimestamp ?? '';
  const requests = [...objects]
    .sort((a, b) => created(b).localeCompare(created(a)))
    .flatMap((object) => {
      const { metadata, spec } = object;
      const [, node] = /^system:node:(.+)$/s.exec(spec.username ?? '') ?? [];
      if (node === undefined || spec.signerName !== servingSigner) return [];
      const { request = '', usages = [], groups = [] } = spec;
      const state = stateOf(object);
      return [
        {
          ...{ node, name: metadata.name, state, created: created(object) },
          asked: state === 'pending' ? { request, usages, groups } : undefined,
          certificate: state === 'issued' ? object.status?.certificate : undefined,
        },
      ];
    });
  return Map.groupBy(requests, ({ node }) => node);
}

/** The request of a node that waits for approval or signature, and is newer than its certificate. */
export function waitingRequest(
  requests: ServingRequests,
  node: string,
): ServingRequest | undefined {
  const live = requests.get(node)?.find(({ state }) => state !== 'denied' && state !== 'failed');
  return live?.state === 'issued' ? undefined : live;
}

function stateOf({ status }: CertificateSigningRequest): RequestState {
  const has = (type: string) => status?.conditions?.some((each) => each.type === type) ?? false;
  if (has('Denied')) return 'denied';
  if (has('Failed')) return 'failed';
  if (status?.certificate) return 'issued';
  return has('Approved') ? 'approved' : 'pending';
}
