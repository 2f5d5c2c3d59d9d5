/** A kubelet's 403, parsed. */
export interface KubeletRefusal {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresources: readonly string[];
}

// `user` is greedy because names may hold commas; the end is open because kubectl appends to it.
// Up to 1.31 `subresource=proxy`, later `subresource(s)=[pods proxy]`.
const kubeletForm =
  /Forbidden \(user=(.*), verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/;

/** Finds `Forbidden (user=…, verb=…, resource=…, subresource…)` in a text; undefined if it is not there. */
export function parseKubeletRefusal(text: string): KubeletRefusal | undefined {
  const match = kubeletForm.exec(text);
  if (!match) return undefined;
  const [, user = '', verb = '', resource = '', several, single] = match;
  return {
    user,
    verb,
    resource,
    subresources: (several ?? single ?? '').split(' ').filter(Boolean),
  };
}
