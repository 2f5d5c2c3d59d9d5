import { type Invocation, openConnection, openServer } from '../../cli/connection.ts';
import { Failure, orThrow, reworded } from '../../errors.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { codeOf } from '../../kube/files/read-file.ts';
import { type Manifest, readManifests } from '../../kube/read-manifests.ts';
import { readYaml, YamlFault } from '../../kube/yaml/read-yaml.ts';
import { type Baseline, baselineOf, baselineOfRows } from '../../kubelet/baseline.ts';
import { isFields } from '../../text/fields.ts';
import { kubeadmBaseline } from './types.ts';

const kubeadmPath = `/api/v1/namespaces/kube-system/configmaps/${kubeadmBaseline}`;
const kind = 'KubeletConfiguration';
/** Kind of the rows of get configz. */
const rowKind = 'KubeletSetting';

const inConfigMap = `kubeadm's is in a ConfigMap: --baseline ${kubeadmBaseline}`;

/**
 * Reads the KubeletConfiguration from a file, from standard input (`-`), or from kubeadm's ConfigMap. A file may also have what /configz
 * answers, or the settings of one node as get configz prints them.
 */
export async function gatherBaseline(source: string, invocation: Invocation): Promise<Baseline> {
  if (source === kubeadmBaseline) return gatherKubeadm(invocation);
  const manifests = await orThrow(
    readManifests([source], [kind, rowKind], invocation.context),
    (error) => (isMissing(error) ? reworded(error, { hints: [inConfigMap] }) : error),
  );
  const [first, second] = baselinesIn(manifests);
  const name = source === '-' ? 'standard input' : source;
  if (!first) throw new Failure(`${name} has no ${kind}`, { hints: [inConfigMap] });
  if (second) throw new Failure(`${name} has several: ${first.place} and ${second.place}`);
  return first.baseline;
}

function isMissing(error: unknown): error is Failure {
  return error instanceof Failure && codeOf(error.cause) === 'ENOENT';
}

interface FoundBaseline {
  readonly place: string;
  readonly baseline: Baseline;
}

function baselinesIn(manifests: readonly Manifest[]): readonly FoundBaseline[] {
  const rows = manifests.filter(({ fields }) => fields['kind'] === rowKind);
  const byNode = Map.groupBy(rows, ({ fields }) => String(fields['node']));
  return [
    ...manifests.flatMap(({ fields, place }) => {
      const configuration = fields['kubeletconfig'] ?? (fields['kind'] === kind && fields);
      return isFields(configuration) ? { place, baseline: baselineOf(configuration) } : [];
    }),
    ...[...byNode].map(([node, ofNode]) => ({
      place: `node ${node}`,
      baseline: baselineOfRows(ofNode.map(({ fields }) => fields)),
    })),
  ];
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
