import { formatSubresources, kubeletAttributes } from '../../kubelet/authorization.ts';
import { endpointList, fineGrainedSince } from '../../kubelet/endpoints.ts';
import { renderTable } from '../../text/table.ts';

const heads = ['METHOD', 'PATH', 'SHORTNAME', 'NEEDS', `BEFORE 1.${fineGrainedSince}`, 'RETURNS'];

/** What kubelets serve and which permission each path needs, on the newest kubelets and before fine-grained authorization. */
export function renderEndpoints(): string {
  const rows = endpointList.map(({ methods, path, sinceMinor, shortName, returns }) => {
    const needed = (minor: number) =>
      formatSubresources(kubeletAttributes('GET', path, minor).subresources);
    return [
      methods === 'any' ? 'any' : methods.join(','),
      path,
      shortName ?? '',
      needed(Number.POSITIVE_INFINITY),
      sinceMinor === undefined ? needed(fineGrainedSince - 1) : `since 1.${sinceMinor}`,
      returns,
    ];
  });
  return renderTable(heads, rows);
}
