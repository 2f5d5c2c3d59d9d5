// This file is compiled and never run. It checks that each type in src/objects.ts has only fields that the same type in
// @kubernetes/client-node has, with values that can be assigned in both directions. For any other field, `tsc` prints its path, as in: type
// '"node.status.daemonEndpoints.kubeletEndpoint.port"' does not satisfy the constraint 'never'.
import type { Infer } from '@badrap/valita';
import type {
  AuthenticationV1TokenRequest,
  V1APIService,
  V1CertificateSigningRequest,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ClusterRoleBindingList,
  V1ConfigMap,
  V1EndpointSlice,
  V1Node,
  V1Pod,
  V1RoleBinding,
  V1SelfSubjectReview,
  V1Service,
  V1SubjectAccessReview,
} from '@kubernetes/client-node/dist/gen/models/all.js';
import type * as objects from '../src/objects.ts';

/** The type in @kubernetes/client-node of each object. `workload` is absent because it stands for several types. */
interface Api {
  apiService: V1APIService;
  certificateSigningRequest: V1CertificateSigningRequest;
  clusterRole: V1ClusterRole;
  clusterRoleBinding: V1ClusterRoleBinding;
  clusterRoleBindingList: V1ClusterRoleBindingList;
  configMap: V1ConfigMap;
  endpointSlice: V1EndpointSlice;
  node: V1Node;
  pod: V1Pod;
  roleBinding: V1RoleBinding;
  selfSubjectReview: V1SelfSubjectReview;
  service: V1Service;
  accessReview: V1SubjectAccessReview;
  tokenRequest: AuthenticationV1TokenRequest;
}

/** The JSON form of a type. All fields are required, so that optional fields of the API can be assigned to required fields of ours. */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]-?: Wire<NonNullable<T[Key]>> }
      : T;

/** Paths of fields that the API's type lacks, and of fields whose values the API's type does not allow. */
type Foreign<Ours, Api, Path extends string> = unknown extends Ours
  ? never
  : Ours extends readonly (infer Item)[]
    ? Api extends readonly (infer ApiItem)[]
      ? Foreign<Item, ApiItem, `${Path}[]`>
      : Path
    : Ours extends object
      ? {
          [Key in keyof Ours & string]-?: Key extends keyof Api
            ? Foreign<NonNullable<Ours[Key]>, Api[Key], `${Path}.${Key}`>
            : `${Path}.${Key}`;
        }[keyof Ours & string]
      : Ours extends Api
        ? never
        : Path;

type Checked<Name extends keyof Api> = Infer<(typeof objects)[Name]>;

type None<Paths extends never> = Paths;

export type ToApi = None<
  { [Name in keyof Api]: Foreign<Checked<Name>, Wire<Api[Name]>, Name> }[keyof Api]
>;

export type FromApi = None<
  { [Name in keyof Api]: Wire<Api[Name]> extends Checked<Name> ? never : Name }[keyof Api]
>;
