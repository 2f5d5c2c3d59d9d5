import * as v from '@badrap/valita';
import type { Known } from '../../known.ts';
import { checkType } from '../../schema.ts';
import { readOrNote } from '../read-or-note.ts';
import type { ApiServer } from './api-server.ts';
import { apiServerFailure } from './api-server-failure.ts';
import { parseJson, unreadable } from './decode.ts';

const path = '/version';
const type = v.object({ gitVersion: v.string().assert((text) => /^v1\.\d{1,3}(?!\d)/.test(text)) });

/** Limit in bytes. The body has less than 1 kB. */
const longestVersion = 16 * 1024;

/** Reads the version of kube-apiserver, such as `v1.37.2`. */
export function readServerVersion(apiServer: ApiServer): Promise<Known<string>> {
  return readOrNote(async () => {
    const request = { method: 'GET', path };
    const response = await apiServer.read(await apiServer.send(request), longestVersion);
    if (response.status >= 400) throw apiServerFailure(response);
    const checked = checkType(type, parseJson(request, response, longestVersion));
    if (!checked.decoded) throw unreadable(request, `an unreadable version: ${checked.problem}`);
    return checked.decoded.value.gitVersion;
  }, 'get /version');
}
