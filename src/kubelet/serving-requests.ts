import type { CertificateSigningRequest } from '../objects.ts';
import { command } from '../text/command.ts';

/** The signer of kubelets' serving certificates. Kubelets with `serverTLSBootstrap` request certificates from it. */
export const servingSigner = 'kubernetes.io/kubelet-serving';

/** State of a certificate signing request. An `approved` request waits for its signature. */
type CsrState = 'pending' | 'approved' | 'denied' | 'failed' | 'issued';

export interface ServingCsr {
  readonly name: string;
  readonly state: CsrState;
  /** Creation time; empty if the object has none. */
  readonly created: string;
  /** Content of the request while it waits for approval; undefined in other states. */
  readonly asked: AskedInObject | undefined;
  /** The issued certificate: PEM in Base64; undefined if none was issued. */
  readonly certificate: string | undefined;
}

interface AskedInObject {
  readonly request: string;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/**
 * Returns the command that shows the content of a request. Users must check it, because the signer does not compare it with the
 * addresses of the node.
 */
export function checkRequest(name: string): string {
  return command`kubectl get csr ${name} -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text`;
}

export function approveRequests(names: readonly string[]): string {
  return command`kubectl certificate approve ${names}`;
}

/** Certificate signing requests by node name, the newest first. */
export type ServingCsrs = ReadonlyMap<string, readonly ServingCsr[]>;

/** Returns the requests whose requestor is a kubelet. Leaves out requests that other users made in the name of a node. */
export function servingRequestsOf(objects: readonly CertificateSigningRequest[]): ServingCsrs {
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

/**
 * Returns a node's newest request, not counting denied and failed ones. Undefined if a certificate was issued for this request.
 */
export function waitingRequest(requests: ServingCsrs, node: string): ServingCsr | undefined {
  const live = requests.get(node)?.find(({ state }) => state !== 'denied' && state !== 'failed');
  return live?.state === 'issued' ? undefined : live;
}

function stateOf({ status }: CertificateSigningRequest): CsrState {
  const has = (type: string) => status?.conditions?.some((each) => each.type === type) ?? false;
  if (has('Denied')) return 'denied';
  if (has('Failed')) return 'failed';
  if (status?.certificate) return 'issued';
  return has('Approved') ? 'approved' : 'pending';
}
