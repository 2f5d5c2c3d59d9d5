// Other work of kubelets and kubectl, which is not explained here.
const images =
  /\b(?:image ?pull|pull(?:ing)? (?:the |an )?image|private registry|container registry|docker (?:pull|push|login|desktop)|docker-for-desktop)\b/i;
const otherPrograms =
  /\b(?:webhooks?|registry|docker|etcd|ingress|smtp|cloudflared|letsencrypt|acme|vault|keycloak|oauth2?|harbor|git|npm|pip|fabric|kafka|redis|postgres|mysql|mongodb?|elasticsearch|terraform)\b/i;
const programs = /process\.exit|=> ?\{|\bfunc \w|\bassert\w*\(|\bexpect\(|\breturn \w+\(/;
const clusters =
  /kube|\boc\b|metrics[ -]server|:(?:10250|10255|6443)\b|\bnodes?\b|\bk3s\b|\brke2\b|\bk8s\b|\bcluster\b|openshift/i;

/** Whether a text as a whole tells of other programs than those of a cluster. */
export function isOfOtherPrograms(text: string): boolean {
  return (
    images.test(text) || ((otherPrograms.test(text) || programs.test(text)) && !clusters.test(text))
  );
}
