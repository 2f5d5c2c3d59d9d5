// Compiled, never run: what src/objects.ts checks has only fields that @kubernetes/client-node has as well, of types that can be
// assigned to and from its. Where not, `tsc` names the path: with `port` for `Port` it says that type
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
  V1Node,
  V1Pod,
  V1RoleBinding,
  V1SelfSubjectReview,
  V1SubjectAccessReview,
} from '@kubernetes/client-node/dist/gen/models/all.js';
import type * as objects from '../src/objects.ts';

/** The API's type of each object; `workload` is of several. */
interface Api {
  apiService: V1APIService;
  certificateSigningRequest: V1CertificateSigningRequest;
  clusterRole: V1ClusterRole;
  clusterRoleBinding: V1ClusterRoleBinding;
  clusterRoleBindingList: V1ClusterRoleBindingList;
  configMap: V1ConfigMap;
  node: V1Node;
  pod: V1Pod;
  roleBinding: V1RoleBinding;
  selfSubjectReview: V1SelfSubjectReview;
  accessReview: V1SubjectAccessReview;
  tokenRequest: AuthenticationV1TokenRequest;
}

/** As JSON has it, with every field: what is optional in the API is asked for where the program needs it. */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]-?: Wire<NonNullable<T[Key]>> }
      : T;

/** The paths at which ours has a field that the API lacks, or a value that is none of the API's. */
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

/** To the API's types. */
export type ToApi = None<
  { [Name in keyof Api]: Foreign<Checked<Name>, Wire<Api[Name]>, Name> }[keyof Api]
>;

/** And from them. */
export type FromApi = None<
  { [Name in keyof Api]: Wire<Api[Name]> extends Checked<Name> ? never : Name }[keyof Api]
>;
