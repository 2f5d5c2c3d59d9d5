import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import type { Use } from './measure.ts';

interface Runner {
  readonly name: string;
  readonly args: readonly string[];
  /** Environment variables as `NAME=VALUE`, in addition to the variables of all commands. */
  readonly env: readonly string[];
}

export type Turns = ReturnType<typeof openTurns>;

/** @param program path of the compiled bench/go/turns */
export function openTurns(program: string, env: NodeJS.ProcessEnv) {
  const child = spawn(program, { env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Runs `turns` rounds, in each of which every command runs once. Throws if a command fails. */
    run: async (runners: readonly Runner[], turns: number) => {
      child.stdin.write(JSON.stringify({ turns, commands: runners }));
      const uses = new Map<string, Use[]>(runners.map(({ name }) => [name, []]));
      for (let count = 0; count < turns * runners.length; count += 1) {
        const line = await lines.next();
        if (line.done) throw new Error('a command failed');
        const { name, ...use } = JSON.parse(line.value) as Use & { readonly name: string };
        uses.get(name)?.push(use);
      }
      return uses;
    },
    end: () => child.stdin.end(),
  };
}

/** Returns the load of the machine in the last minute, which includes the processes of this benchmark. */
export function lookAtMachine() {
  return { load: Math.round((loadavg()[0] ?? 0) * 100) / 100, stolenMs: stolenMs() };
}

/** Returns the CPU time in ms that other virtual machines have taken since this machine started; 0 if unknown. */
function stolenMs(): number {
  try {
    const [, , , , , , , , stolen] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
    return Number(stolen) * 10;
  } catch {
    return 0;
  }
}
