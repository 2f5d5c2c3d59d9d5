import type { Candidate } from '../../cli/completes.ts';
import { endpointList } from '../../kubelet/endpoints.ts';
import { isOfPod } from './request.ts';

/** What PATH can be: a short name, or a path as far as nothing has to be filled in. */
export function endpointCandidates(typed: string): readonly Candidate[] {
  return endpointList.flatMap(({ shortName, name, path, returns }) => {
    if (typed.startsWith('/')) return [{ value: path.replace(/\{.*/, ''), description: returns }];
    return shortName === undefined && !isOfPod(path) ? [] : [{ value: name, description: returns }];
  });
}
