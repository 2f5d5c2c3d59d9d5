import * as assert from 'uvu/assert';
import { getTypes } from '../../src/commands/get/types.ts';
import { joinWords } from '../../src/text/list.ts';
import { rowsOf, wordsOf } from '../kit/line-table.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { nowhere } from '../kit/temporary.ts';
import { runTool } from '../kit/tool.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const typesOfGet = joinWords(
  getTypes.map(({ words: [word] }) => word),
  'or',
);

/** Command lines, each followed by the first lines of its error, which are indented by two blanks. */
const usageErrors = `
# Nodes and paths to them.
curl /healthz
  missing kubelet: use --node NAME, --selector LABELS, --role ROLE, --all or --kubelet-address HOST
curl /healthz --node a --kubelet-address b
  --kubelet-address and --node cannot be used together
curl /healthz --all --node a
  --all and --node cannot be used together
curl /healthz --all -l a=b
  --all and --selector cannot be used together
curl /healthz --all --role worker
  --all and --role cannot be used together
curl /healthz --node a,
  invalid --node value "": must be the name of a node
curl /healthz --node node-1:https --via apiserver
  invalid --node value "node-1:https": must be the name of a node
curl /healthz --role a=b
  invalid --role value "a=b": must be a role such as control-plane
curl /healthz --shard 1/2
  --shard needs a choice of nodes: add --all
curl /healthz --all --shard 2
  invalid --shard value "2": must be I/N, such as 1/3
curl /healthz --all --shard 0/2
  invalid --shard value "0": must be a whole number of at least 1
curl /healthz --all --shard 3/2
  invalid --shard value "3": must be a whole number of at most 2
curl /healthz --kubelet-address https://u:secret@b
  invalid --kubelet-address value: must be HOST or HOST:PORT
curl /healthz --kubelet-address 127.0.0.1#
  invalid --kubelet-address value: must be HOST or HOST:PORT
curl /healthz --kubelet-address b --via apiserver
  --kubelet-address and --via apiserver cannot be used together: the API server takes node names
curl /healthz --kubelet-address b --via auto
  --kubelet-address and --via auto cannot be used together: the API server takes node names
curl /healthz --node a --via pigeon
  invalid --via value "pigeon": must be "auto", "direct" or "apiserver"
curl /healthz --node a --via apiserver -k
  --kubelet-* flags, --show-token and -k apply to direct connections: they cannot be used with --via apiserver
curl /healthz --node a --via auto --kubelet-token-file f
  --kubelet-token-file and --via auto cannot be used together: through the API server, requests have the credential of the context
curl /healthz --node a --via auto --kubelet-client-certificate c --kubelet-client-key k
  --kubelet-client-certificate and --via auto cannot be used together: through the API server, requests have the credential of the context
curl /healthz --node a --timeout soon
  invalid --timeout value "soon": must be a duration such as 30s, 1h30m or 14d
curl /healthz --node a --timeout 0
  --timeout must be greater than 0
curl /healthz --node a --kubelet-port 0
  invalid --kubelet-port value "0": must be a port number
curl /healthz --node a --kubelet-preferred-address-types IP
  invalid --kubelet-preferred-address-types value "IP": must be "InternalIP",
curl /healthz --node a --parallel 3
  --parallel is for several nodes
curl /healthz --all --parallel 0
  invalid --parallel value "0": must be a whole number of at least 1

# Fingerprints of kubelets; PIN stands for one.
curl /healthz --node a --kubelet-fingerprint PIN -k
  --kubelet-fingerprint cannot be used together with --kubelet-insecure-skip-tls-verify
curl /healthz --node a --kubelet-fingerprint PIN --kubelet-certificate-authority system
  --kubelet-certificate-authority cannot be used together with --kubelet-fingerprint
curl /healthz --node a --kubelet-fingerprint PIN --print-curl
  --kubelet-fingerprint and --print-curl cannot be used together: curl does not compare fingerprints of certificates
curl /healthz --node a --kubelet-fingerprint PIN --via apiserver
  --kubelet-* flags, --show-token and -k apply to direct connections: they cannot be used with --via apiserver
status --kubelet-fingerprint PIN
  --kubelet-fingerprint without NODE= is for one kubelet, named by --node or --kubelet-address
curl /healthz --selector a=b --kubelet-fingerprint PIN
  --kubelet-fingerprint without NODE= is for one kubelet, named by --node or --kubelet-address
curl /healthz --node a,b --kubelet-fingerprint PIN
  --kubelet-fingerprint without NODE= is for one kubelet, named by --node or --kubelet-address
curl /healthz --node a --kubelet-fingerprint PIN --kubelet-fingerprint a=PIN
  --kubelet-fingerprint without NODE= is for one kubelet, named by --node or --kubelet-address
curl /healthz --node a --kubelet-fingerprint PIN --kubelet-fingerprint PIN
  --kubelet-fingerprint can be given once for each kubelet: use NODE=SHA256:…
curl /healthz --all --kubelet-fingerprint a=PIN --kubelet-fingerprint b=PIN --kubelet-fingerprint a=PIN
  --kubelet-fingerprint can be given once for each kubelet, and is given twice for a
curl /healthz --node a --kubelet-fingerprint node-1
  invalid --kubelet-fingerprint value "node-1": must be [NODE=]SHA256: and 64 hex digits
curl /healthz --node a --kubelet-fingerprint =PIN
  invalid --kubelet-fingerprint value "=
curl /healthz --node a --kubelet-fingerprint 'node 1=PIN'
  invalid --kubelet-fingerprint value "node 1=
curl /healthz --node a --kubelet-fingerprint ''
  invalid --kubelet-fingerprint value ""

# Requests of curl.
curl --node a
  missing PATH
  hint: kubectl kubeletaccess endpoints
curl 'https://u:secret@10.0.0.5:10250/logs/?query=a b'
  PATH must be a path, not a URL
  hint: the host goes to --kubelet-address: kubectl kubeletaccess curl '/logs/?query=a%20b' --kubelet-address 10.0.0.5:10250
curl node-1:10250/healthz
  PATH must be a path, not a URL
  hint: the host goes to --kubelet-address: kubectl kubeletaccess curl /healthz --kubelet-address node-1:10250
curl sumary
  unknown short name "sumary"; did you mean summary?
curl /healthz /metrics --node a
  several paths need --output-dir DIR, which gets a folder for each node
curl /healthz /metrics --node a --output-dir d --timing
  several paths and --timing cannot be used together
curl /healthz /metrics --node a --output-dir d -d x
  several paths and --request POST cannot be used together
curl /healthz --node a -H 'TE: trailers'
  header TE is not allowed: it controls the connection
curl /healthz --node a -H nonsense
  invalid --header value: must be "Name: value"
curl /healthz --node a -X 'GE T'
  invalid --request value "GE T"
curl /healthz --node a -X connect
  invalid --request value "connect"
curl /healthz --node a -H 'Host: a' -H 'host: b'
  a request can have only one Host header
curl /containerLogs/{namespace}/web/c --node a
  PATH contains {namespace}: write what it stands for
curl /run/a/b/c --node a -X POST
  POST /run/a/b/c runs code or changes something on the node (runs ?cmd= and prints its output)
  hint: re-run with --allow-unsafe to send it
curl exec/a/b/c --node a
  GET /exec/a/b/c runs code or changes something on the node (stream: use kubectl kubeletaccess exec)
curl loglevel --node a -X put
  PUT /debug/flags/v runs code or changes something on the node (sets the log level to the body)
  hint: re-run with --allow-unsafe to send it
curl /run/a/b/c --all -X POST --allow-unsafe
  POST /run/a/b/c runs code or changes something on the node (runs ?cmd= and prints its output), and is not sent to several nodes
  hint: name one node, or re-run with --allow-unsafe=all-nodes to send it to each of them
curl /healthz --node a --head
  unknown flag: --head; did you mean --request?
curl /healthz --node a --allow-unsafe=all
  invalid --allow-unsafe value "all": must be "false", "true" or "all-nodes"
revoke --expired --dry-run client
  --dry-run takes a value after =, not a space
  hint: --dry-run=client
curl /healthz --node a -X head -d x
  --request HEAD and --data cannot be used together
curl /stats/summary --node a -d {} --retry 1
  --retry cannot be used with POST /stats/summary: a request
curl /exec/a/b/c --node a --allow-unsafe --retry 1
  --retry cannot be used with GET /exec/a/b/c: a request
curl /healthz --all -o xml
  invalid --output value "xml": must be "raw", "json" or "ndjson"
curl /healthz --all -o yaml
  curl prints responses, not --output yaml
  hint: tables: kubectl kubeletaccess top, get, diff and metrics
curl /healthz --all -o jsonpath=x
  curl prints responses, not --output jsonpath
curl /healthz --all --output-dir y -o json
  --output json and --output-dir cannot be used together
curl /healthz --all --output-dir y -i
  --output-dir and --show-headers cannot be used together: the files hold only bodies
  hint: with headers, a line of JSON for each node: --show-headers -o ndjson
curl /healthz --all --output-dir y -X HEAD
  --output-dir and --request HEAD cannot be used together: the files hold only bodies
curl /healthz --all --parallel 3 --print-curl
  --parallel and --print-curl cannot be used together: each command sends one request by itself
curl /healthz --all --output-dir x --print-curl
  --output-dir and --print-curl cannot be used together: the printed command prints the response alone
curl /healthz --all --output json --print-curl
  --output and --print-curl cannot be used together: the printed command prints the response alone
curl /healthz --all --timing --print-curl
  --timing and --print-curl cannot be used together: the printed command prints the response alone
  hint: append to the printed command: -w '%{time_total}'
curl /healthz --node a --print-curl=files
  invalid --print-curl value "files"
curl /healthz --node a --as-serviceaccount agent
  invalid --as-serviceaccount value "agent": must be NAMESPACE/NAME
curl /healthz --node a --as-serviceaccount a/../b
  invalid --as-serviceaccount value "a/../b": must be NAMESPACE/NAME
curl /healthz --node a --as-serviceaccount a/b -k
  --as-serviceaccount and --kubelet-insecure-skip-tls-verify cannot be used together: a token is never sent to a kubelet whose certificate is not verified
curl /healthz --node a --as-serviceaccount a/b --print-curl
  --as-serviceaccount and --print-curl cannot be used together: the printed command needs a token that lasts
curl /healthz --node a --as-serviceaccount a/b --kubelet-token-file f
  --as-serviceaccount and --kubelet-token-file cannot be used together
curl /healthz --node a --as-serviceaccount a/b -H 'authorization: Bearer t'
  --as-serviceaccount and --header Authorization cannot be used together
curl /healthz --node a --as-serviceaccount a/b --kubelet-client-certificate c --kubelet-client-key k
  --as-serviceaccount and --kubelet-client-certificate cannot be used together

# Rows.
top podz -A
  top prints nodes, pods, containers, volumes or images, not "podz"
  hint: did you mean: kubectl kubeletaccess top pods
get confgz
  get prints ${typesOfGet}, not "confgz"
  hint: did you mean: kubectl kubeletaccess get configz
diff settings
  diff prints configz, flagz or featuregates, not "settings"
  hint: did you mean: kubectl kubeletaccess diff configz
diff pods
  diff prints configz, flagz or featuregates, not "pods"
  hint: kubectl kubeletaccess diff --help
get volume
  get prints ${typesOfGet}, not "volume"
  hint: did you mean: kubectl kubeletaccess top volumes
top metrics
  top prints nodes, pods, containers, volumes or images, not "metrics"
  hint: did you mean: kubectl kubeletaccess metrics
top namespaces
  top prints nodes, pods, containers, volumes or images, not "namespaces"
  hint: did you mean: kubectl kubeletaccess top pods -A --by namespace
get deployments
  get prints ${typesOfGet}, not "deployments"
  hint: kubectl kubeletaccess get --help
top ''
  top prints nodes, pods, containers, volumes or images, not ""
  hint: kubectl kubeletaccess top --help
top -n shop
  missing TYPE: nodes, pods, containers, volumes or images
top pods -n a -A
  --all-namespaces and --namespace cannot be used together
top pods web -l a=b
  NAME and --selector cannot be used together
get pods a/b/c
  invalid POD "a/b/c": must be POD, pod/POD or NAMESPACE/POD
get pods Web
  invalid POD "Web": must be POD, pod/POD or NAMESPACE/POD
get pods -l 'a in b'
  invalid --selector value "a in b": must be a label selector such as app=web,tier!=db
top pods --kubelet-address h --node-selector a=b
  --kubelet-address and --node-selector cannot be used together
top pods --kubelet-address h --role worker
  --kubelet-address and --role cannot be used together
get runningpods -A -l a=b
  --selector cannot be used with runningpods
top nodes -n shop
  --namespace cannot be used here: rows of nodes have no namespace
diff flagz -n shop
  --namespace cannot be used with diff, which has no namespaces
get flagz -A
  --all-namespaces cannot be used here: rows of flagz have no namespace
top nodes -l a=b --node-selector c=d
  --selector and --node-selector mean the same here: use one of them
top nodes pod/web
  invalid NODE: must be the name of a node
top nodes a --kubelet-address h
  --kubelet-address and NODE cannot be used together
top nodes --kubelet-address h -l a=b
  --kubelet-address and --selector cannot be used together
top nodes --by owner
  --by needs rows of pods, containers or volumes, not nodes
get configz --by owner
  --by needs rows of pods, containers or volumes, not configz
top pods --by x
  invalid --by value "x": must be "namespace", "owner" or "node"
top containers --by x
  invalid --by value "x": must be "namespace", "pod", "owner" or "node"
get runningpods --by owner
  invalid --by value "owner": must be "namespace" or "node"
top pods --limit 0
  invalid --limit value "0": must be a whole number of at least 1
top nodes --limit 1000001
  invalid --limit value "1000001": must be a whole number of at most 1000000
top nodes --limit 1.5
  invalid --limit value "1.5": must be a whole number of at least 1
top nodes --sort-by memry
  invalid --sort-by value "memry": must be the name of a column
  hint: did you mean: MEMORY
top nodes --sort-by xyzzy
  invalid --sort-by value "xyzzy": must be the name of a column
  hint: columns are: NODE, CPU, CPU%, 
top pods --by owner --sort-by xyzzy
  invalid --sort-by value "xyzzy": must be the name of a column
  hint: columns are: NAMESPACE, OWNER, PODS, CPU, 
top nodes --interval 5s
  unknown flag: --interval; did you mean --watch?
top pods --containers
  unknown flag: --containers
  hint: did you mean: kubectl kubeletaccess top containers
top pods --timing
  unknown flag: --timing; it is an option of curl
metrics --show-labels
  unknown flag: --show-labels; it is an option of top and get
diff configz --by namespace
  unknown flag: --by
top nodes -w 2s
  --watch takes a time after =, not a space
top pods --watch 5 web
  --watch takes a time after =, not a space
top nodes a --watch=0
  --watch must be greater than 0
top nodes a --watch -o prometheus
  --watch and --output prometheus cannot be used together
top pods --by namespace -L a
  --by and columns of labels cannot be used together
top nodes -L a=b
  invalid --label-columns value "a=b"
top nodes -L ''
  invalid --label-columns value ""
top nodes --show-labels -o prometheus
  --show-labels and --output prometheus cannot be used together
top nodes --kubelet-address h -L a
  --kubelet-address and columns of labels cannot be used together
get runningpods --show-labels
  --show-labels cannot be used with runningpods
get runningpods -L a
  --label-columns cannot be used with runningpods
top nodes --chart -o csv
  --chart and --output csv cannot be used together
top nodes --no-headers -o json
  --no-headers and --output json cannot be used together
top nodes -o jsonpath={.items
  error parsing jsonpath {.items, unclosed action
get pods -o raw
  invalid --output value "raw": must be "table",
top pods --by owner -o prometheus
  --by and --output prometheus cannot be used together
diff configz -o prometheus
  configz cannot be printed with --output prometheus
  hint: differences have no numbers: -o json, -o csv
top pods --by namespace -o name
  --by and --output name cannot be used together
top nodes -L pool -o name
  --label-columns and --output name cannot be used together
get pods --show-labels -o name
  --show-labels and --output name cannot be used together
diff configz -o name
  --output name needs rows of nodes or pods, not differences
diff flagz --watch -o name
  --output name needs rows of nodes or pods, not differences
diff configz node-1
  one node has nothing to be compared with

# Series.
metrics --filter x{
  invalid --filter value "x{" at character 3: it is incomplete
metrics --filter ''
  invalid --filter value ""
metrics --by a-b
  invalid --by value "a-b": must be "metric", "series", "node" or names of labels
metrics --count --rate
  --count and --rate cannot be used together
metrics --count --quantiles --rate
  --count and --quantiles cannot be used together
metrics --rate=0
  --rate must be greater than 0
metrics --rate=10s --timeout 10s
  --rate 10s does not fit --timeout 10s, which is for both readings of a node
metrics --rate=1m --timeout 30s
  --rate 1m0s does not fit --timeout 30s,
metrics -n shop
  --namespace cannot be used here: rows of metrics have no namespace
  hint: --filter '{namespace="NAMESPACE"}'
metrics slis cadvisor
  cadvisor and slis cannot be used together
metrics --quantiles -o prometheus
  metrics cannot be printed with --output prometheus
metrics --rate -o prometheus
  metrics cannot be printed with --output prometheus
metrics --by pod -o prometheus
  --by and --output prometheus cannot be used together
metrics -o name
  --output name needs rows of nodes or pods, not series
metrics --quantiles -o name
  --output name needs rows of nodes or pods, not histograms or summaries
metrics --rate -o name
  --output name needs rows of nodes or pods, not changes
metrics --count -o name
  --output name needs rows of nodes or pods, not metrics

# Checks and access.
check metrics-server --profile metrics
  --profile needs serviceaccount:NAMESPACE:NAME as AGENT
check mon/agent --profile checkpoint
  check cannot be used with --profile checkpoint: no read-only request can show it
status --expires-within 1.5
  invalid --expires-within value "1.5": add a unit (1.5s, 1.5m, 1.5h, 1.5d)
status --watch --wait
  --watch and --wait cannot be used together
status --wait 2m
  --wait takes a time after =, not a space
  hint: --wait=2m
status --watch=0s
  --watch must be greater than 0
status --watch 2s
  --watch takes a time after =, not a space
status --watch=soon
  invalid --watch value "soon": must be a duration such as 30s, 1h30m or 14d
status --profile stats
  --profile stats requires --subject
status --kubelet-address 'a b'
  invalid --kubelet-address value: must be HOST or HOST:PORT
status --kubelet-address 10.0.0.5 --node node-1
  --kubelet-address and --node cannot be used together
status --kubelet-address 10.0.0.5 -l a=b
  --selector and --kubelet-address cannot be used together
certificates --kubelet-address 10.0.0.5 -l a=b
  --selector and --kubelet-address cannot be used together
status --kubelet-address 10.0.0.5 --subject user:jane
  --kubelet-address and --subject cannot be used together
status --kubelet-address 10.0.0.5 --profile stats --subject user:jane
  --kubelet-address and --subject cannot be used together
status --subject user:
  invalid --subject value "user:": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME
check
  missing AGENT
  hint: kubectl kubeletaccess help agents
check nobody-knows
  invalid AGENT value "nobody-knows": must be the name of a known agent
check upgrade
  invalid AGENT value "upgrade": must be the name of a known agent
  hint: kubectl kubeletaccess help agents
  hint: did you mean: kubectl kubeletaccess audit --rule KA5
check metrics-server --kubelet-token-file abc
  check and --kubelet-token-file cannot be used together
check metrics-server --kubelet-insecure-skip-tls-verify
  check and --kubelet-insecure-skip-tls-verify cannot be used together: a token is never sent to a kubelet whose certificate is not verified
check user:jane
  invalid AGENT value "user:jane": must be the name of a known agent or serviceaccount:NAMESPACE:NAME
check mon:agent
  invalid AGENT value "mon:agent": must be the name of a known agent or serviceaccount:NAMESPACE:NAME
  hint: did you mean: kubectl kubeletaccess check serviceaccount:mon:agent
status --show-all -o json
  --show-all and --output json cannot be used together
status --show-all -o wide
  --show-all and --output wide cannot be used together
status --profile logs,metrics --subject user:jane
  invalid --profile value "logs,metrics": must be "apiserver", "apiserver-full", "builtin", "metrics", "stats", "logs", "checkpoint" or "readonly"
  hint: one profile at a time: run the command once for each
status -o sarif
  invalid --output value "sarif": must be "table", "wide", "json", "yaml", "markdown", "prometheus", "jsonpath=TEMPLATE" or "custom-columns=COLUMNS"
status --color blue
  invalid --color value "blue": must be "auto", "always" or "never"
status --kubelet-certificate-authority /no/such/file -k
  --kubelet-certificate-authority cannot be used together with --kubelet-insecure-skip-tls-verify
audit --show-all -o json
  --show-all and --output json cannot be used together: only the table leaves out rows
audit --show info
  unknown flag: --show
audit --fail-on info
  invalid --fail-on value "info": must be "high", "medium" or "low"
status --parallel 99999999999999999999
  invalid --parallel value "99999999999999999999": must be a whole number of at most 10000
audit --expires-within 9
  invalid --expires-within value "9": add a unit (9s, 9m, 9h, 9d)
audit --expires-within -1
  invalid --expires-within value "-1": must be a duration such as 30s, 1h30m or 14d
audit -o xml
  invalid --output value "xml": must be "table", "wide", "json", "yaml", "markdown", "jsonpath=TEMPLATE" or "custom-columns=COLUMNS"
certificates --kubelet-address a --node b
  --kubelet-address and --node cannot be used together
certificates --serving-only --kubelet-token-file /nowhere
  --serving-only and --kubelet-token-file cannot be used together: no credential is sent
certificates --no-headers -o json
  --no-headers and --output json cannot be used together
certificates --trust-on-first-use
  --trust-on-first-use requires --ca-bundle
certificates --ca-bundle - -o json
  --ca-bundle - and --output cannot be used together
certificates --ca-bundle - --limit 1
  --ca-bundle - and --limit cannot be used together
certificates --ca-bundle - --reverse
  --ca-bundle - and --reverse cannot be used together
certificates --ca-bundle a -k
  --ca-bundle and --kubelet-insecure-skip-tls-verify cannot
certificates --limit 0
  invalid --limit value "0"
certificates --sort-by nothing
  invalid --sort-by value "nothing"
certificates --address-types --expires-within 3d
  --address-types and --expires-within cannot be used together
certificates --address-types -k
  --address-types and --kubelet-insecure-skip-tls-verify cannot be used together
certificates --address-types --kubelet-address a
  --address-types and --kubelet-address cannot be used together
certificates --address-types -o prometheus
  --address-types and --output prometheus cannot be used together
certificates -o raw
  invalid --output value "raw"
grant -o xml
  invalid --output value "xml": must be "name", "yaml" or "json"
grant --profile stats --subject user:jane --for ''
  invalid --for value "": must be a duration such as 30s, 1h30m or 14d
grant --profile stats --subject user:jane --for 90
  invalid --for value "90": add a unit (90s, 90m, 90h, 90d)
grant --wait=1.5
  invalid --wait value "1.5": add a unit (1.5s, 1.5m, 1.5h, 1.5d)
grant --profile stats --subject user:a,group:b,c
  invalid --subject value "user:a,group:b,c": must be one subject
  hint: run the command once for each: --subject user:a, --subject group:b, --subject user:c
revoke --subject ops/a,ops/b
  invalid --subject value "ops/a,ops/b": must be one subject
  hint: run the command once for each: --subject serviceaccount:ops:a, --subject serviceaccount:ops:b
grant --profile stats --subject user:jane --node ''
  invalid --node value "": must be the name of a node
grant --profile stats --subject 'serviceaccount:A B:c/d'
  invalid --subject value "serviceaccount:A B:c/d": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME
grant --profile checkpoint --subject user:jane --wait
  --wait cannot be used with --profile checkpoint: no read-only request can show whether it is in effect
grant --profile builtin --subject user:jane --allow-exec --node node-1
  --node cannot be used with --profile builtin: ClusterRole system:kubelet-api-admin covers all nodes
grant --subject jane
  invalid --subject value "jane": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME
  hint: a user: --subject user:jane
  hint: a service account, and its namespace: kubectl get serviceaccounts -A --field-selector metadata.name=jane
revoke --expired --subject user:jane
  --expired and --subject cannot be used together
revoke --expired --wait
  --wait cannot be used where several subjects may lose access
revoke --print-cronjob
  --print-cronjob requires --expired
revoke --expired --print-cronjob --profile stats
  --print-cronjob and --profile cannot be used together
revoke node-1 --expired --print-cronjob
  --print-cronjob and NODE cannot be used together
revoke --dry-run=maybe
  invalid --dry-run value "maybe": must be "none", "client" or "server"
who-can execute
  invalid ACTION value "execute"
who-can --subject what:x
  invalid --subject value
who-used
  missing an audit log: --audit-log FILE, or - for standard input
who-used a --audit-log a
  audit log a is given twice
who-used - -
  audit log - is given twice
who-used a --since 90
  invalid --since value "90": add a unit (90s, 90m, 90h, 90d)
who-used a --since yesterday
  invalid --since value "yesterday"
who-used a --subject what:x
  invalid --subject value
who-used a -o name
  invalid --output value "name"
policy --allow jane
  invalid --allow value "jane": must be clusterrole/NAME, user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME
  hint: a user: --allow user:jane
policy --action Warn
  invalid --action value "Warn": must be "deny" or "warn"
  hint: did you mean: warn
policy --allow clusterrole/
  invalid --allow value "clusterrole/"
who-used a --sort-by x
  invalid --sort-by value "x"
narrow
  narrow requires ROLE, --subject or --filename
narrow a --subject user:a
  --subject and ROLE cannot be used together
narrow a --calls /pods --agent x
  --calls and --agent cannot be used together
narrow a --calls /pod
  invalid --calls value "/pod": must be paths of kubelets
narrow a --calls 'HEAD /pods'
  invalid --calls value "HEAD /pods"
narrow a --agent nobody
  invalid --agent value "nobody": must be the name of a known agent
narrow a --kubelet-version new
  invalid --kubelet-version value "new"
narrow a --wait
  --wait requires --apply
narrow a --apply --wait=30s
  --wait must be longer than 30s
narrow a --dry-run
  --dry-run requires --apply or --undo
narrow a --apply --undo
  --undo and --apply cannot be used together
narrow --undo --subject user:a
  --undo requires ROLE
narrow a --undo --calls /pods
  --undo and --calls cannot be used together
narrow a --undo --evidence f
  --undo and --evidence cannot be used together
narrow a --calls /pods --evidence f
  --calls and --evidence cannot be used together
narrow -f - --evidence -
  standard input can be only one of --filename and --evidence
narrow -f x --apply
  --apply and --filename cannot be used together
narrow a -o wide
  invalid --output value "wide"
endpoints --via apiserver
  --via requires NODE
endpoints --as-serviceaccount a/b
  --as-serviceaccount requires NODE
endpoints pod/web
  invalid NODE: must be the name of a node
endpoints node-1 --via x
  invalid --via value "x"
endpoints node-1,node-2
  endpoints takes one node
endpoints node-1 --node node-2
  endpoints takes one node
endpoints --node node-1 --node node-2
  endpoints takes one node
endpoints nodes/log --node node-1
  PERMISSION and NODE cannot be used together
endpoints node-1 --kubelet-token-file 1
  --kubelet-token-file cannot be used with endpoints, which calls no kubelets
endpoints node-1 --as-serviceaccount agent
  invalid --as-serviceaccount value "agent": must be NAMESPACE/NAME
completion
  missing argument: must be one of bash, zsh, fish, powershell, install, uninstall
completion csh
  invalid argument value "csh": must be "bash",
completion bash --dir x
  --dir requires install or uninstall
completion bash --dry-run
  --dry-run requires install or uninstall
completion uninstall --shell zsh
  --shell requires install
completion install --shell powershell
  invalid --shell value "powershell": must be "bash", "zsh" or "fish"
explain 'permission denied' -o wide-open
  invalid --output value "wide-open"

# Pods, logs and streams.
exec -i web -- sh -c 'a b'
  exec requires --allow-exec
  why: the kubelet checks only nodes/proxy: a direct exec skips pods/exec, admission control and the API server's audit log
  hint: kubectl kubeletaccess exec --stdin --allow-exec web -- sh -c 'a b'
  hint: without the API server: kubectl kubeletaccess exec --stdin --kubelet-address HOST --allow-exec web -- sh -c 'a b'
  hint: or for all commands of this shell: export KUBELETACCESS_ALLOW_EXEC=1
exec web --node node-1 -- id
  exec requires --allow-exec
exec web --no-upgrade -- id
  exec requires --allow-exec
attach web
  attach requires --allow-exec
port-forward web 8080:80
  port-forward requires --allow-exec
  why: the kubelet checks only nodes/proxy: a direct port-forward skips pods/portforward, admission control and the API server's audit log
  hint: kubectl kubeletaccess port-forward --allow-exec web 8080:80
  hint: without the API server: kubectl kubeletaccess port-forward --kubelet-address HOST --allow-exec web 8080:80
  hint: or for all commands of this shell: export KUBELETACCESS_ALLOW_EXEC=1
exec web --allow-exec
  missing command
  hint: write it after --: -- COMMAND
exec -n shop web ls --kubelet-address 10.0.0.5
  the command must follow --
  hint: kubectl kubeletaccess exec --namespace shop --kubelet-address 10.0.0.5 --allow-exec web -- ls
exec web ls --allow-exec -- -l
  the command must follow --
  hint: kubectl kubeletaccess exec --allow-exec web -- ls -l
exec 10.0.0.5 web -- ls
  the command must follow --
  hint: the address of a node: kubectl kubeletaccess exec --kubelet-address 10.0.0.5 --allow-exec web -- ls
exec 10.0.0.5 web
  the command must follow --
  hint: the address of a node: kubectl kubeletaccess exec --kubelet-address 10.0.0.5 --allow-exec web -- COMMAND
exec -- ls
  missing POD
  hint: kubectl get pods -A
exec --node node-1 -- ls
  missing POD
  hint: kubectl kubeletaccess get pods -A --node node-1
exec --kubelet-address 10.0.0.5 -- ls
  missing POD
  hint: kubectl kubeletaccess get pods -A --kubelet-address 10.0.0.5
exec web --node node-1 --kubelet-address 127.0.0.1 -- ls
  --node and --kubelet-address cannot be used together
attach web --node node-1,node-2
  invalid --node value "node-1,node-2": must be the name of a node
  hint: kubectl get nodes
exec web --node node-1 --via apiserver -- ls
  --node and --via apiserver cannot be used together: the API server finds the node by the pod
exec web --kubelet-address 127.0.0.1 --via apiserver -- ls
  --kubelet-address and --via apiserver cannot be used together: the API server finds the node by the pod
exec a/b/c -- ls
  invalid POD "a/b/c": must be POD, pod/POD or NAMESPACE/POD
exec prod/web -n default -- ls
  --namespace default and prod/web are two namespaces: use one of them
logs -n ../.. web
  invalid namespace "../..": must be the name of a namespace
exec web --via any -- ls
  invalid --via value "any": must be "auto", "direct" or "apiserver"
exec web --no-upgrade --allow-exec -- sh -c 'a b'
  a kubelet splits the command of /run at each space, and "a b" has one
  hint: without --no-upgrade, exec keeps words as they are
exec web --no-upgrade -i --allow-exec -- cat
  --no-upgrade and --stdin cannot be used together
  hint: a plain POST has neither input nor a terminal
exec web --no-upgrade -t --allow-exec -- ls
  --no-upgrade and --tty cannot be used together
  hint: a plain POST has neither input nor a terminal
exec web --no-upgrade --via apiserver -- id
  exec requires --allow-exec
  why: the API server checks only nodes/proxy:
exec web --leave-stdin-open --allow-exec -- ls
  --leave-stdin-open requires --stdin
attach
  missing POD
  hint: kubectl get pods -A
attach web -- ls
  attach accepts at most 1 argument, received 2
port-forward
  missing POD
  hint: kubectl get pods -A
port-forward web --allow-exec
  missing port
  hint: 8080:80 forwards local port 8080 to 80 of the pod
port-forward --allow-exec 8080:80
  missing POD: it comes before the ports
  hint: kubectl kubeletaccess port-forward POD 8080:80
port-forward --allow-exec :http
  missing POD: it comes before the ports
  hint: kubectl kubeletaccess port-forward POD :http
port-forward web --allow-exec -- 0
  invalid port "0": must be PORT, LOCAL:REMOTE or :REMOTE; REMOTE may be the name of a port of the pod
port-forward web --allow-exec -- 65536
  invalid port "65536": must be PORT,
port-forward web --allow-exec -- 8080:
  invalid port "8080:": must be PORT,
port-forward web --allow-exec -- a:b
  invalid port "a:b": must be PORT,
port-forward web --allow-exec -- 1:2:3
  invalid port "1:2:3": must be PORT,
port-forward web --allow-exec 18080:80 18080:81
  local port 18080 is given twice
  hint: let the system choose one: :REMOTE
port-forward web --allow-exec --address example.com 80
  invalid --address value "example.com": must be an IP address or localhost
port-forward web --allow-exec --address 0:0::ffff:7f00:1 80
  invalid --address value "0:0::ffff:7f00:1": must be an IP address or localhost
  hint: for an IPv4 address: such as 127.0.0.1, without ::ffff:
logs
  missing POD
  hint: kubectl get pods -A
logs cj/web
  "cj/web" is not a pod: must be POD, pod/POD or NAMESPACE/POD
logs node/web
  "node/web" is a node, and no pod
logs web -l a=b
  --selector and POD cannot be used together
logs web -c x --all-containers
  --all-containers and --container cannot be used together
logs deploy/web --node node-1
  --node and deploy/web cannot be used together
logs -l ==
  invalid --selector value "=="
logs web db --max-log-requests 0
  invalid --max-log-requests value "0"
logs web -f -p
  --follow and --previous cannot be used together
logs web --tail x
  invalid --tail value "x"
logs web --since soon
  invalid --since value "soon"
logs web --show-token --via apiserver
  --kubelet-* flags, --show-token and -k apply to direct connections: they cannot be used with --via apiserver
status --via direct
  unknown flag: --via; it is an option of
logs web --kubelet-port 1 --via apiserver
  --kubelet-* flags, --show-token and -k apply to direct connections: they cannot be used with --via apiserver
node-logs --all
  unknown flag: --all; it is an option of curl
node-logs kubelet -f
  "kubelet" is a service, not a node
  hint: its journal: -u kubelet
node-logs node_1
  invalid NODE: must be the name of a node
node-logs node-1 -f
  --follow requires --unit UNIT or --path FILE
node-logs node-1 --parallel 3
  --parallel is for several nodes
`;

/** Command lines that fail in a cluster of two nodes. ADDRESS stands for the address of a kubelet, FILE for a file that exists. */
const failures = `
curl /healthz --node nope
  Error from server (NotFound): nodes "nope" not found
  hint: kubectl get nodes
curl /healthz --node node-11
  Error from server (NotFound): nodes "node-11" not found
  hint: did you mean: node-1 or node-2?
  hint: kubectl get nodes
curl /healthz --node node-11,node-12
  Error from server (NotFound): nodes "node-11" not found
  hint: did you mean: node-1 or node-2?
  hint: kubectl get nodes
curl /healthz --node node-1 --via direct --kubelet-preferred-address-types ExternalIP
  error: node node-1 has no address of type ExternalIP, only InternalIP 127.0.0.1, Hostname node-1
curl /healthz --all --output-dir FILE/below
  error: unable to create folder 
curl /healthz --node node-1 --kubelet-fingerprint @/nowhere/kubelets
  error: unable to read file of --kubelet-fingerprint /nowhere/kubelets: no such file or directory
status --kubelet-certificate-authority /nowhere/ca
  error: unable to read kubelet certificate authority /nowhere/ca: no such file or directory
audit --kubelet-certificate-authority /nowhere/ca
  error: unable to read kubelet certificate authority /nowhere/ca: no such file or directory
certificates --kubelet-certificate-authority /nowhere/ca
  error: unable to read kubelet certificate authority /nowhere/ca: no such file or directory
curl /healthz --node node-1 --as-serviceaccount monitoring/agent
  Error from server (NotFound): serviceaccounts "agent" not found
  hint: kubectl get serviceaccounts -n monitoring
node-logs workers -u kubelet
  Error from server (NotFound): nodes "workers" not found
  hint: nodes with this role: --role worker
top nodes nope nor-this
  Error from server (NotFound): nodes "nope" not found
audit -l pool=none
  error: no nodes found with labels pool=none
certificates -l pool=none
  error: no nodes found with labels pool=none
curl /healthz -l pool=none --role gpu
  error: no nodes found with labels pool=none and role gpu
  hint: roles of this cluster: worker
  hint: kubectl get nodes --show-labels
logs wen
  Error from server (NotFound): pods "wen" not found in namespace default
  hint: did you mean: web?
  hint: kubectl get pods -n default
logs kubelet
  Error from server (NotFound): pods "kubelet" not found in namespace default
  hint: the log of a kubelet: kubectl kubeletaccess node-logs NODE -u kubelet
  hint: kubectl get pods -n default
logs web -n kube-system
  Error from server (NotFound): pods "web" not found in namespace kube-system
  hint: did you mean: default/web?
  hint: kubectl get pods -n kube-system
logs web -n defalt
  Error from server (NotFound): pods "web" not found in namespace defalt
  namespace defalt does not exist
  hint: did you mean: default/web or -n default?
  hint: kubectl get namespaces
logs web other -n nowhere
  Error from server (NotFound): pods "web" not found in namespace nowhere
  namespace nowhere does not exist
logs -l app=none -n defalt
  error: no pods found: namespace defalt does not exist
  hint: did you mean: -n default?
  hint: kubectl get pods -A --show-labels
logs -l app=none
  error: no pods found in namespace default
  hint: kubectl get pods -A --show-labels
logs web -c wep
  error: pod default/web has no container wep, only web
  hint: did you mean: --container web?
logs web -c zzz
  error: pod default/web has no container zzz, only web
logs wen --node node-1
  error: the kubelet of node-1 at ADDRESS runs no pod default/wen
  hint: did you mean: default/web?
  hint: kubectl kubeletaccess get pods -A --node node-1
logs web -n other --node node-1
  error: the kubelet of node-1 at ADDRESS runs no pod other/web
  hint: did you mean: default/web?
logs kube-proxy -n kube-system --node node-1
  error: the kubelet of node-1 at ADDRESS runs no pod kube-system/kube-proxy
  hint: did you mean: kube-system/kube-proxy-node-1?
logs web --node node-9
  Error from server (NotFound): nodes "node-9" not found
exec web --node node-1 -c wep --allow-exec -- ls
  error: pod default/web has no container wep
`;

const fingerprint = 'AB'.repeat(32);

suite('usage errors', (test) => {
  for (const [line, error] of rowsOf(usageErrors))
    test(`kubectl kubeletaccess ${line} fails with: ${error.split('\n')[0]}`, async () => {
      // There is no kubeconfig, so any request would lead to exit code 1.
      const env = { KUBECONFIG: `${nowhere}/a` };
      const { code, stdout, stderr } = await runTool(wordsOf(line.replaceAll('PIN', fingerprint)), {
        env,
      });
      assert.equal([code, stdout], [2, ''], stderr);
      assert.is(stderr.slice(0, `error: ${error}`.length), `error: ${error}`);
    });
});

const sandbox = await startSandbox({ nodes: ['none', 'none'] });
atEnd(() => sandbox.stop());

suite('failures', (test) => {
  for (const [line, error] of rowsOf(failures))
    test(`kubectl kubeletaccess ${line} fails with: ${error.split('\n')[0]}`, async () => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const words = line.replace('FILE', env.KUBECONFIG);
      const { code, stdout, stderr } = await runTool(words, { env });
      assert.equal([code, stdout], [1, ''], stderr);
      assert.is(stderr.replace(/127\.0\.0\.1:\d+/, 'ADDRESS').slice(0, error.length), error);
    });
});
