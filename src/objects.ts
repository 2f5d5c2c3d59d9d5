// Checks of the Kubernetes objects that this program reads and writes, in their JSON form. Each check names only the fields that
// the program reads. Types are derived from the checks, so that no unchecked field can be read.
import * as v from '@badrap/valita';

function field<T>(type: v.Type<T>) {
  return type.optional();
}

type Shape = Parameters<typeof v.object>[0];

function part<S extends Shape>(shape: S) {
  return field(v.object(shape));
}

function list<S extends Shape>(shape: S) {
  return field(v.array(v.object(shape)));
}

/**
 * Text that is valid Unicode. JSON may contain half of a surrogate pair, which cannot be sent back, because Go's strings do not allow it.
 */
const text = v.string().assert((value) => value.isWellFormed(), 'expected Unicode text');
const int32 = v.number().assert((value) => value === (value | 0), 'expected a 32-bit integer');
const texts = v.array(text);
const textMap = v.record(text);

/**
 * A name that can be part of a URL path. This is checked, because the API server allows nearly any text as the name of a role or binding.
 */
const pathSegment = text.assert(
  (name) => name !== '' && name !== '.' && name !== '..',
  'expected a name',
);

/** Whether a text is a valid node name. It must not have a colon, which would choose a scheme and a port in the path of the node proxy. */
export function isNodeName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 253;
}

const metadataFields = {
  namespace: field(text),
  uid: field(text),
  resourceVersion: field(text),
  creationTimestamp: field(text),
  labels: field(textMap),
  annotations: field(textMap),
};

const rbacMetadata = v.object({
  ...metadataFields,
  name: pathSegment,
  managedFields: field(v.unknown()),
  ownerReferences: list({ kind: text, name: text }),
});

// These are interfaces, because the JSON Schemas of reports are generated from them.
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[] | undefined;
  resources?: string[] | undefined;
  resourceNames?: string[] | undefined;
  nonResourceURLs?: string[] | undefined;
}

export interface RbacSubject {
  kind: string;
  name: string;
  namespace?: string | undefined;
  apiGroup?: string | undefined;
}

export const policyRule: v.Type<PolicyRule> = v.object({
  verbs: texts,
  apiGroups: field(texts),
  resources: field(texts),
  resourceNames: field(texts),
  nonResourceURLs: field(texts),
});

export const rbacSubject: v.Type<RbacSubject> = v.object({
  kind: text,
  name: text,
  namespace: field(text),
  apiGroup: field(text),
});

const labelSelector = v.object({
  matchLabels: field(textMap),
  matchExpressions: list({ key: text, operator: text, values: field(texts) }),
});

export const clusterRole = v.object({
  apiVersion: field(text),
  kind: field(text),
  metadata: rbacMetadata,
  rules: field(v.array(policyRule)),
  aggregationRule: part({ clusterRoleSelectors: field(v.array(labelSelector)) }),
});

const binding = {
  apiVersion: field(text),
  kind: field(text),
  metadata: rbacMetadata,
  roleRef: v.object({ apiGroup: field(text), kind: text, name: text }),
  subjects: field(v.array(rbacSubject)),
};

export const clusterRoleBinding = v.object(binding);
const namespacedMetadata = v.object({
  name: pathSegment,
  namespace: field(text),
  resourceVersion: field(text),
});
export const roleBinding = v.object({ ...binding, metadata: namespacedMetadata });
export const roleReference = v.object({
  metadata: namespacedMetadata,
  roleRef: binding.roleRef,
});

export const node = v.object({
  metadata: v.object({
    name: text.assert(isNodeName, 'expected the name of a node'),
    labels: field(textMap),
    annotations: field(textMap),
  }),
  spec: part({ providerID: field(text) }),
  status: part({
    addresses: list({ type: text, address: text }),
    conditions: list({ type: text, status: text, reason: field(text), message: field(text) }),
    daemonEndpoints: part({ kubeletEndpoint: part({ Port: field(int32) }) }),
    nodeInfo: part({
      kubeletVersion: field(text),
      operatingSystem: field(text),
      osImage: field(text),
      containerRuntimeVersion: field(text),
    }),
    declaredFeatures: field(texts),
    /** Quantities by resource. `allocatable` is what pods may use, and `capacity` is all that the machine has. */
    allocatable: field(textMap),
    capacity: field(textMap),
  }),
});

/** The images of a node. They are read apart from the Node, because those of thousands of nodes would take much memory. */
export const nodeImages = v.object({
  metadata: v.object({ name: pathSegment }),
  status: part({ images: list({ names: field(texts), sizeBytes: field(v.number()) }) }),
});

const containers = list({
  name: pathSegment,
  ports: list({ name: field(text), containerPort: v.number(), protocol: field(text) }),
  restartPolicy: field(text),
  restartPolicyRules: list({
    action: field(text),
    exitCodes: part({ operator: field(text), values: field(v.array(v.number())) }),
  }),
  stdin: field(v.boolean()),
  stdinOnce: field(v.boolean()),
  tty: field(v.boolean()),
});

const containerState = v.object({
  running: field(v.unknown()),
  terminated: part({ exitCode: v.number(), finishedAt: field(text) }),
});

const containerStatuses = list({
  name: pathSegment,
  restartCount: field(int32),
  state: field(containerState),
  lastState: field(containerState),
});

export const pod = v.object({
  metadata: v.object({
    name: pathSegment,
    namespace: pathSegment,
    uid: field(text),
    labels: field(textMap),
    annotations: field(textMap),
  }),
  spec: v.object({
    nodeName: field(text),
    restartPolicy: field(text),
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
  }),
  status: part({
    phase: field(text),
    containerStatuses,
    initContainerStatuses: containerStatuses,
    ephemeralContainerStatuses: containerStatuses,
  }),
});

/** An object whose selector chooses pods, such as a Deployment. The selector of a Service is a map of labels. */
export const podSelector = v.object({
  spec: v.object({
    selector: field(v.union(labelSelector, textMap)),
  }),
});
export const endpointSlice = v.object({
  metadata: v.object({ name: text }),
  endpoints: list({ addresses: field(texts) }),
});
export const service = v.object({
  metadata: v.object({ name: text, namespace: field(text) }),
  spec: v.object({ selector: field(textMap), clusterIPs: field(texts) }),
});

const variables = list({
  name: text,
  value: field(text),
  valueFrom: part({ fieldRef: part({ fieldPath: text }) }),
});
const programs = list({
  image: field(text),
  command: field(texts),
  args: field(texts),
  env: variables,
  volumeMounts: list({ name: field(text), mountPath: field(text), subPath: field(text) }),
});
const filesOfConfigMap = part({
  name: field(text),
  items: list({ key: field(text), path: field(text) }),
});
const volumes = list({
  name: field(text),
  configMap: filesOfConfigMap,
  secret: part({ secretName: field(text) }),
  hostPath: part({ path: field(text) }),
  projected: part({
    sources: list({
      configMap: filesOfConfigMap,
      secret: part({ name: field(text) }),
    }),
  }),
});
const runningAs = {
  serviceAccountName: field(text),
  serviceAccount: field(text),
  containers: programs,
  initContainers: programs,
  volumes,
};
const podTemplate = part({
  metadata: part({ labels: field(textMap) }),
  spec: part(runningAs),
});

/** A pod, or an object that creates pods, with its service account and its containers. */
export const workload = v.object({
  metadata: v.object({ name: field(text), namespace: field(text), labels: field(textMap) }),
  status: part({
    startTime: field(text),
    phase: field(text),
    podIPs: list({ ip: text }),
    conditions: list({ type: text, status: text }),
  }),
  spec: part({
    ...runningAs,
    nodeName: field(text),
    template: podTemplate,
    jobTemplate: part({ spec: part({ template: podTemplate }) }),
  }),
});

export const configMap = v.object({ data: field(textMap) });

/** A Secret in a manifest. The program never reads Secrets from the API server. */
export const secret = v.object({ data: field(textMap), stringData: field(textMap) });

/** A list whose objects are searched as text. */
export const anyList = v.object({ items: field(v.array(v.unknown())) });

export const certificateSigningRequest = v.object({
  metadata: v.object({ name: pathSegment, creationTimestamp: field(text) }),
  spec: v.object({
    signerName: text,
    username: field(text),
    groups: field(texts),
    usages: field(texts),
    request: field(text),
  }),
  status: part({ certificate: field(text), conditions: list({ type: text }) }),
});

/** An API that an aggregated API server serves. */
export const apiService = v.object({
  status: part({
    conditions: list({ type: text, status: text, reason: field(text), message: field(text) }),
  }),
});

/** The NodeMetricsList that metrics-server serves. The program reads only the names of nodes. */
export const nodeMetricsList = v.object({
  items: list({ metadata: v.object({ name: text }) }),
});

/** A Table, the form of lists that kubectl prints. The first cell of each row is the name. */
export const table = v.object({ rows: list({ cells: v.array(v.unknown()) }) });

export const partialObjectMetadataList = v.object({
  items: list({
    metadata: v.object({ name: field(text), namespace: field(text), labels: field(textMap) }),
  }),
});

export const clusterRoleBindingList = v.object({
  items: list({ subjects: field(v.array(rbacSubject)) }),
});

/** SubjectAccessReview and SelfSubjectAccessReview. */
export const accessReview = v.object({
  status: v.object({ allowed: v.boolean(), reason: field(text) }),
});

export const selfSubjectReview = v.object({
  status: v.object({ userInfo: v.object({ username: field(text), groups: field(texts) }) }),
});

/**
 * The response to a TokenRequest. The characters and the length of the token are limited, because it is sent in a header and kept in
 * memory.
 */
export const tokenRequest = v.object({
  spec: part({ expirationSeconds: field(v.number()) }),
  status: v.object({
    token: v.string().assert((token) => /^[!-~]{1,65536}$/.test(token), 'expected a token'),
    expirationTimestamp: text.assert((time) => !Number.isNaN(Date.parse(time)), 'expected a time'),
  }),
});

/** The response to a DELETE: a Status, or the object if its deletion is delayed. */
export const deletion = v.object({ status: field(v.literal('Success')) });

export const status = v.object({
  kind: v.literal('Status'),
  message: field(text),
  reason: field(text),
});

/** Result of the command that exec runs, or an error of attach or port-forward. */
export const streamStatus = v.object({
  status: v.union(v.literal('Success'), v.literal('Failure')),
  message: field(text),
  reason: field(text),
  details: part({ causes: list({ reason: field(text), message: field(text) }) }),
});

export type ClusterRole = v.Infer<typeof clusterRole>;
export type ClusterRoleBinding = v.Infer<typeof clusterRoleBinding>;
export type RoleBinding = v.Infer<typeof roleBinding>;
export type AnyBinding = ClusterRoleBinding | RoleBinding;
export type Node = v.Infer<typeof node>;
export type PodSelector = v.Infer<typeof podSelector>;
export type Service = v.Infer<typeof service>;
export type Pod = v.Infer<typeof pod>;
export type Workload = v.Infer<typeof workload>;
export type ConfigMap = v.Infer<typeof configMap>;
export type Secret = v.Infer<typeof secret>;
export type CertificateSigningRequest = v.Infer<typeof certificateSigningRequest>;
export type Status = v.Infer<typeof status>;
export type NodeImages = v.Infer<typeof nodeImages>;
export type StreamStatus = v.Infer<typeof streamStatus>;
