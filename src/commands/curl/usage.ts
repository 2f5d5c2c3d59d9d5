/** What help says of curl. */
export const usage: {
  readonly details: string;
  readonly examples: [title: string, command: string][];
} = {
  details:
    'Send a request to the kubelet of a node and print the response body unchanged, or to many kubelets at once and print each response behind the name of its node. Requests go directly to the address and port in the Node object, over verified TLS, with the credentials of the current context; with --via apiserver they go through the API server, which authenticates to the kubelet as itself. PATH is a path or a short name. On a terminal, the short names summary, pods, configz and those of metrics print tables: summary of nodes, or of their pods, containers or volumes, pods of the pods that the kubelet has, configz of its settings, metrics, cadvisor, resource, probes and slis of series. A path prints the response. Without PATH, list the endpoints of kubelets. Exit codes with several nodes: 0: all answered; 4: some failed; 1: all failed.',
  examples: [
    ['List the endpoints of kubelets', 'kubectl kubeletaccess curl'],
    [
      'Get CPU, memory and disk usage of a node',
      'kubectl kubeletaccess curl summary --node node-1',
    ],
    [
      'Get it through the API server',
      'kubectl kubeletaccess curl summary --node node-1 --via apiserver',
    ],
    [
      'Get it of all nodes, a line of JSON each',
      'kubectl kubeletaccess curl summary --all -o ndjson',
    ],
    [
      'List the ten pods that use the most disk',
      'kubectl kubeletaccess curl summary --all --pods --sort-by disk --top 10',
    ],
    [
      'List the settings in which kubelets differ',
      'kubectl kubeletaccess curl configz --all --diff',
    ],
    [
      'Sum the memory of containers by namespace',
      `kubectl kubeletaccess curl cadvisor --all --by namespace --filter 'container_memory_working_set_bytes{container!=""}'`,
    ],
    [
      'List the latencies that have changed within ten seconds',
      'kubectl kubeletaccess curl metrics --node node-1 --quantiles --diff',
    ],
    ['Count the series that kubelets serve', 'kubectl kubeletaccess curl cadvisor --all --series'],
    [
      'Read the log of a pod from its kubelet',
      'kubectl kubeletaccess curl containerLogs --pod kube-system/kube-proxy-x7k2p',
    ],
    [
      'Follow the journal of a service on some nodes, from an hour ago',
      'kubectl kubeletaccess curl logs --unit kubelet --since 1h --follow -l pool=a',
    ],
    [
      'Follow a file under /var/log through its rotations',
      'kubectl kubeletaccess curl /logs/syslog --tail 10 --follow --node node-1',
    ],
    [
      'Set the log level of a kubelet',
      'kubectl kubeletaccess curl -X PUT -d 4 --allow-unsafe loglevel --node node-1',
    ],
  ],
};
