import type { Type } from '@badrap/valita';
import {
  accessReview,
  apiService,
  certificateSigningRequest,
  clusterRole,
  clusterRoleBinding,
  clusterRoleBindingList,
  configMap,
  deletion,
  endpointSlice,
  node,
  nodeImages,
  nodeMetricsList,
  partialObjectMetadataList,
  pod,
  podSelector,
  roleBinding,
  roleReference,
  selfSubjectReview,
  service,
  table,
  tokenRequest,
  workload,
} from '../../objects.ts';

/** The kind that a request expects. A response of another kind is an error. */
export interface Kind<T> {
  readonly kind: string;
  readonly apiVersion: string;
  /** Other kinds that the response may have. */
  readonly also?: readonly string[];
  /** Accept header that asks the API server to convert the objects; absent if they are not converted. */
  readonly accept?: string;
  readonly type: Type<T>;
  /** Whether fields that `type` does not name are kept, because an update writes the whole object back. */
  readonly whole?: boolean;
}

const rbac = 'rbac.authorization.k8s.io/v1';
const authentication = 'authentication.k8s.io/v1';
const authorization = 'authorization.k8s.io/v1';

function of<T>(
  apiVersion: string,
  kind: string,
  type: Type<T>,
  more: Pick<Kind<T>, 'also' | 'whole'> = {},
): Kind<T> {
  return { kind, apiVersion, type, ...more };
}

/** Returns a kind, such as Table, into which the API server converts objects if the Accept header asks for this. */
function madeOf<T>(kind: string, type: Type<T>): Kind<T> {
  const accept = `application/json;as=${kind};v=v1;g=meta.k8s.io`;
  return { kind, apiVersion: 'meta.k8s.io/v1', accept, type };
}

export const kinds = {
  ClusterRole: of(rbac, 'ClusterRole', clusterRole, { whole: true }),
  ClusterRoleBinding: of(rbac, 'ClusterRoleBinding', clusterRoleBinding, { whole: true }),
  ClusterRoleBindingList: of(rbac, 'ClusterRoleBindingList', clusterRoleBindingList),
  Role: of(rbac, 'Role', clusterRole),
  RoleBinding: of(rbac, 'RoleBinding', roleBinding),
  /** A RoleBinding without its subjects. */
  RoleReference: of(rbac, 'RoleBinding', roleReference),
  Node: of('v1', 'Node', node),
  NodeImages: of('v1', 'Node', nodeImages),
  Pod: of('v1', 'Pod', pod),
  PodWorkload: of('v1', 'Pod', workload),
  ConfigMap: of('v1', 'ConfigMap', configMap),
  Service: of('v1', 'Service', service),
  EndpointSlice: of('discovery.k8s.io/v1', 'EndpointSlice', endpointSlice),
  Deployment: of('apps/v1', 'Deployment', podSelector),
  ReplicaSet: of('apps/v1', 'ReplicaSet', podSelector),
  StatefulSet: of('apps/v1', 'StatefulSet', podSelector),
  DaemonSet: of('apps/v1', 'DaemonSet', podSelector),
  Job: of('batch/v1', 'Job', podSelector),
  APIService: of('apiregistration.k8s.io/v1', 'APIService', apiService),
  NodeMetricsList: of('metrics.k8s.io/v1', 'NodeMetricsList', nodeMetricsList),
  NodeMetricsBetaList: of('metrics.k8s.io/v1beta1', 'NodeMetricsList', nodeMetricsList),
  CertificateSigningRequest: of(
    'certificates.k8s.io/v1',
    'CertificateSigningRequest',
    certificateSigningRequest,
  ),
  SubjectAccessReview: of(authorization, 'SubjectAccessReview', accessReview),
  SelfSubjectAccessReview: of(authorization, 'SelfSubjectAccessReview', accessReview),
  SelfSubjectReview: of(authentication, 'SelfSubjectReview', selfSubjectReview),
  TokenRequest: of(authentication, 'TokenRequest', tokenRequest),
  Table: madeOf('Table', table),
  PartialObjectMetadataList: madeOf('PartialObjectMetadataList', partialObjectMetadataList),
  deletion: of('v1', 'Status', deletion, { also: ['ClusterRole', 'ClusterRoleBinding'] }),
} as const;
