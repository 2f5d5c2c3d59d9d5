import { type Invocation, openConnection, openServer } from '../../cli/connection.ts';
import { Failure } from '../../errors.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { readManifests } from '../../kube/read-manifests.ts';
import { readYaml, YamlFault } from '../../kube/yaml/read-yaml.ts';
import { type Baseline, baselineOf } from '../../kubelet/baseline.ts';
import { isFields } from '../../text/fields.ts';

/** The value of --baseline that stands for kubeadm's ConfigMap, and the name of the ConfigMap. */
const kubeadmBaseline = 'kubelet-config';

const kubeadmPath = `/api/v1/namespaces/kube-system/configmaps/${kubeadmBaseline}`;
const kind = 'KubeletConfiguration';

/** Reads the KubeletConfiguration from a file, from standard input (`-`), or from kubeadm's ConfigMap. */
export async function gatherBaseline(source: string, invocation: Invocation): Promise<Baseline> {
  if (source === kubeadmBaseline) return gatherKubeadm(invocation);
  const found = (await readManifests([source], [kind], invocation.context)).filter(
    ({ fields }) => fields['kind'] === kind,
  );
  const [first, second] = found;
  const name = source === '-' ? 'standard input' : source;
  if (!first)
    throw new Failure(`${name} has no ${kind}`, {
      hints: [`kubeadm's is in a ConfigMap: --baseline ${kubeadmBaseline}`],
    });
  if (second) throw new Failure(`${name} has several: ${first.place} and ${second.place}`);
  return baselineOf(first.fields);
}

async function gatherKubeadm(invocation: Invocation): Promise<Baseline> {
  using apiServer = openServer(invocation, await openConnection(invocation));
  const map = await orMissingPermission(apiServer.find(kubeadmPath, kinds.ConfigMap));
  const text = map?.data?.['kubelet'];
  if (text === undefined)
    throw new Failure(
      `kube-system has no ConfigMap ${kubeadmBaseline} with a ${kind}: kubeadm makes it`,
      { hints: ['--baseline FILE'] },
    );
  try {
    const value = readYaml(Buffer.from(text));
    if (isFields(value) && value['kind'] === kind) return baselineOf(value);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw new Failure(`unable to read ConfigMap ${kubeadmBaseline}: ${cause.message}`, { cause });
  }
  throw new Failure(`ConfigMap ${kubeadmBaseline} has no ${kind}`);
}
