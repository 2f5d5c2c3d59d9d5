import * as assert from 'uvu/assert';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type CommandLine, type Result, runTool } from './tool.ts';
import type { Caller } from './with-sandbox.ts';

interface TimedResult extends Result {
  readonly ms: number;
  readonly proxied: number;
}

export type TimedRun = (line: CommandLine, caller?: Caller) => Promise<TimedResult>;

/** @param home the cache folder; empty for no cache */
export const timedRun =
  ({ apiServer, kubeconfigs }: Sandbox, home = ''): TimedRun =>
  async (line, caller = 'admin') => {
    const [begun, before] = [performance.now(), apiServer.count('proxied')];
    const env = { KUBECONFIG: kubeconfigs[caller], XDG_CACHE_HOME: home };
    const result = await runTool(line, { env });
    const ms = Math.round(performance.now() - begun);
    return { ...result, ms, proxied: apiServer.count('proxied') - before };
  };

export function reads({ code, stderr }: Result, expected: string | RegExp = ''): void {
  assert.is(code, 0, stderr);
  if (typeof expected === 'string') assert.is(stderr, expected);
  else assert.match(stderr, expected);
}

/** The note at the start of stderr if kubelets are read through the API server. */
export const foundNote = /^note: .* read through the API server: /;
