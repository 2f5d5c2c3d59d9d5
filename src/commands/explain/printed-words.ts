interface PrintedWord {
  /** The commands that print the word, separated by commas. */
  readonly of: string;
  readonly why: string;
  readonly commands?: readonly string[];
}

const status = 'status';
const narrow = 'narrow';
const check = ['kubectl kubeletaccess status'];
const listing = ['kubectl kubeletaccess grants'];

/** Words of tables and verdicts that are not causes of errors, by their spelling in the output. */
export const printedWords: Readonly<Record<string, PrintedWord>> = {
  ok: { of: 'status, endpoints', why: 'what was asked was answered and allowed' },
  'access-missing': {
    of: status,
    why: 'kubelets deny kube-apiserver, or RBAC does not give it the permissions that were checked (exit 3)',
    commands: [...check, 'kubectl kubeletaccess grant --dry-run=server'],
  },
  'access-expired': {
    of: status,
    why: 'a temporary grant has expired; kubelets may still allow it for a few minutes, from their caches (exit 3)',
    commands: listing,
  },
  'streams-broken': {
    of: 'status --streams',
    why: 'logs work, and exec, attach or port-forward do not on some node (exit 3)',
    commands: ['kubectl kubeletaccess status --streams'],
  },
  'some-nodes-fail': {
    of: status,
    why: 'kube-apiserver cannot reach some kubelets; the findings name the nodes and say why (exit 4)',
    commands: check,
  },
  'all-nodes-fail': {
    of: status,
    why: 'kube-apiserver cannot reach any kubelet; the findings say why (exit 1)',
    commands: check,
  },
  unknown: {
    of: 'status, who-can, endpoints, top',
    why: 'it could not be found out; this is never counted as good',
    commands: check,
  },
  'not-asked': {
    of: status,
    why: 'no request was sent by this path, as another check failed before, or as your token would have been shown to the node',
  },
  'no nodes': { of: status, why: 'the cluster has no nodes, or none was chosen' },
  allowed: { of: status, why: 'the API server says that RBAC, or another authorizer, allows it' },
  present: { of: status, why: 'the object exists and gives what it should' },
  absent: {
    of: status,
    why: 'the object does not exist under this name; another may give the same access',
    commands: ['kubectl kubeletaccess who-can'],
  },
  drifted: {
    of: status,
    why: 'the object exists and lacks a permission or a subject that it should have',
    commands: [...check, 'kubectl kubeletaccess grant --dry-run=server'],
  },
  expired: {
    of: 'status, grants',
    why: 'a temporary grant has expired, and its binding is still there',
    commands: ['kubectl kubeletaccess revoke --expired --dry-run=server'],
  },
  broken: { of: 'status --streams', why: 'a stream was opened and did not work' },
  failed: { of: 'status --for', why: 'the request of the agent got no answer from the kubelet' },
  'not running': {
    of: 'status --for',
    why: 'no pod of the agent was found',
  },
  'not ready': {
    of: 'status --for',
    why: 'pods of the agent run, and none is ready',
  },
  unreachable: {
    of: 'status --for, audit',
    why: 'status --for: the agent cannot connect to the kubelet, or does not trust its certificate; the verdict says on how many nodes. audit: no connection showed the certificate, and so it is not checked',
    commands: check,
  },
  keep: { of: narrow, why: 'the agent needs this rule' },
  replace: { of: narrow, why: 'a smaller permission does the same on these kubelets' },
  remove: { of: narrow, why: 'no call that is known of the agent needs it' },
  unused: { of: narrow, why: 'kubelets never ask for it: it allows nothing' },
  'cannot narrow': {
    of: narrow,
    why: 'it is needed by some version or option of the agent: the last column names it',
    commands: ['kubectl kubeletaccess narrow --help'],
  },
  fingerprint: {
    of: 'certificates',
    why: 'the certificate is the one that you trust by its fingerprint, whatever its issuer and names',
  },
  'not-checked': {
    of: 'certificates',
    why: 'there is no CA and no fingerprint to verify the certificate with',
    commands: ['kubectl kubeletaccess certificates --help'],
  },
  direct: {
    of: 'who-can',
    why: 'by a request to port 10250 of the node, which the kubelet authorizes for its caller',
  },
  apiserver: {
    of: 'who-can',
    why: 'through the node proxy of the API server, which needs nodes/proxy; the kubelet is then asked about kube-apiserver',
  },
  both: { of: 'who-can', why: 'by either path: direct, and through the API server' },
  exec: {
    of: 'who-can',
    why: 'it can run commands in every container of the nodes; of indirect, in pods through the API server',
    commands: ['kubectl kubeletaccess who-can exec'],
  },
  checkpoint: {
    of: 'who-can',
    why: 'it can write the memory of containers, secrets and all, to the disk of the node',
  },
  logs: {
    of: 'who-can',
    why: 'it can read logs of containers and nodes',
    commands: ['kubectl kubeletaccess who-can logs'],
  },
  'log-level': { of: 'who-can', why: 'it can change how much the kubelet logs' },
  read: {
    of: 'who-can',
    why: 'it can read pods and configuration of kubelets',
    commands: ['kubectl kubeletaccess who-can read'],
  },
  metrics: {
    of: 'who-can',
    why: 'it can read metrics, statistics and health checks',
    commands: ['kubectl kubeletaccess who-can metrics'],
  },
  escalate: { of: 'who-can indirect', why: 'it may give roles permissions that it does not have' },
  bind: { of: 'who-can indirect', why: 'it may bind roles with permissions that it does not have' },
  impersonate: { of: 'who-can indirect', why: 'it may act as another user, group or account' },
  approve: { of: 'who-can indirect', why: 'it may approve client certificates for any user' },
  token: { of: 'who-can indirect', why: 'it may request tokens of service accounts' },
  secret: {
    of: 'who-can indirect',
    why: 'it may read Secrets, which may have tokens of service accounts',
  },
  yes: {
    of: 'who-can (CAN BE REDUCED), certificates (VERIFIED), endpoints (ALLOWED)',
    why: 'narrow would take permissions from the role; the certificate is verified; you are allowed',
  },
  no: {
    of: 'who-can (CAN BE REDUCED), endpoints (ALLOWED)',
    why: 'narrow would take nothing from the role, WHY (-o wide) says why; you are not allowed',
  },
  'allowed by rbac': {
    of: 'status --for',
    why: 'RBAC allows the request of the agent; no kubelet was asked',
  },
  'denied by rbac': {
    of: 'status --for',
    why: 'RBAC does not allow the request of the agent; no kubelet was asked',
    commands: ['kubectl kubeletaccess narrow --help'],
  },
  '<unset>': { of: 'diff configz', why: 'the kubelet does not have this setting' },
  'not read': { of: 'audit', why: 'it could not be read, and so is not checked: this is never ok' },
  verified: {
    of: 'audit',
    why: 'the serving certificate is of a CA that is trusted, for the name used',
  },
  'not verified': {
    of: 'audit',
    why: 'the serving certificate is of no CA that is trusted, or for another name',
    commands: ['kubectl kubeletaccess certificates'],
  },
};
