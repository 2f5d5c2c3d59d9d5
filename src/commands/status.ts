import { Command, Option } from 'clipanion';
import { UsageFailure } from '../errors.ts';
import { gatherFacts } from '../kube/survey.ts';
import { diagnose, exitCodeOf } from '../kubelet/report.ts';
import { renderJson, renderYaml } from '../output/objects.ts';
import { renderReport } from '../output/report.ts';
import { limitsOf } from './connection-command.ts';
import { KubeletCommand } from './kubelet-command.ts';

export class StatusCommand extends KubeletCommand {
  static override paths = [['status']];
  static override usage = Command.Usage({
    description: 'Say whether kubelets can be reached, and if not, who refuses and what to run',
    details:
      'Look at the pair that lets kube-apiserver reach kubelets, find out who it is to them, and ask each node on both paths: straight from here, and through the API server. Nothing is changed. Exit 0: kube-apiserver reaches every kubelet; 3: kubelets refuse it; 4: some nodes cannot be reached through it; 1: not to be told. The direct path concerns only you and does not count.',
    examples: [['Why does kubectl logs fail?', 'kubectl kubeletaccess status']],
  });

  output = Option.String('-o,--output', 'table', { description: 'table, json or yaml.' });
  timeout = Option.String('--timeout', '10s', {
    description: 'How long one node may take (default 10s).',
  });
  parallel = Option.String('--parallel', '32', {
    description: 'How many nodes are asked at once (default 32).',
  });

  override async execute(): Promise<number> {
    if (!['table', 'json', 'yaml'].includes(this.output))
      throw new UsageFailure(`unknown output format "${this.output}"`, {
        hints: ['-o table, -o json or -o yaml'],
      });
    const parallel = Number(this.parallel);
    if (!Number.isInteger(parallel) || parallel < 1)
      throw new UsageFailure(`--parallel "${this.parallel}" is not a number of nodes`);
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    const probe = {
      limits: limitsOf(this.duration('--timeout', this.timeout)),
      parallel,
      types: this.addressTypes(),
      port: this.port(),
    };
    try {
      const facts = await gatherFacts(
        apiServer,
        connection,
        () => this.kubeletAccess(connection),
        probe,
        this.context.signal,
      );
      const report = diagnose(facts);
      const text = { table: renderReport, json: one(renderJson), yaml: one(renderYaml) }[
        this.output as 'table' | 'json' | 'yaml'
      ];
      this.context.stdout.write(text(report));
      return exitCodeOf(report);
    } finally {
      apiServer.close();
    }
  }
}

const one = (render: (objects: readonly unknown[]) => string) => (object: unknown) =>
  render([object]);
