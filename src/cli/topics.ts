export const topics: Readonly<Record<string, string>> = {
  nodes: `Options that choose nodes mean the same in every command that has them.

  NODE...                  nodes by name: node-1, node/node-1 or node-1,node-2
  --node NODE              the same, where the arguments are pods or a path
  -l, --selector LABELS    nodes by label; in tables of pods, pods by label
  --node-selector LABELS   nodes by label, also in tables of pods
  --role ROLE              nodes by role; worker is all others
  --kubelet-address HOST   a kubelet without a lookup, also HOST:PORT: no API
                           server is needed
  --via PATH               direct, apiserver (its node proxy), or auto: directly
                           where that works, else through the API server
  --all                    all nodes: of curl
  --shard I/N              part I of N of the nodes

Commands that read (top, get, diff, metrics, node-logs, status, audit,
certificates) read all nodes unless some are chosen. curl sends requests only to
nodes that you choose. Pods come from your namespace: -n NAMESPACE, or -A for
all.

auto is the default of commands that read (top, get, diff, metrics, logs,
node-logs, curl with GET or HEAD); KUBELETACCESS_VIA=direct|apiserver changes
it. All others go directly, also with auto. A token is shown to kubelets only
with --show-token.

A name that does not exist is reported, and does not stop the others.
`,
  output: `Commands that print rows take the same options for their output.

  -o table|wide            wide adds columns, but none that is empty
  -o json|yaml             a list: items, totals, and failed nodes with causes
  -o ndjson                a line of JSON for each row, and for each failed node
  -o csv                   all columns, for spreadsheets
  -o name                  node/NAME, pod/NAME, or bindings of grants and who-can
  -o prometheus            metrics, for the text file collector
  -o jsonpath=TEMPLATE     as kubectl prints it
  -o custom-columns=SPEC   as kubectl prints it
  --sort-by COLUMN         by its head, its JSON name, or the start of either;
                           numbers from the largest
  --reverse                reverse the order of the rows
  --limit N                only the first N rows; TOTAL still includes all rows
  --no-headers             omit the header and any TOTAL row
  -L LABEL, --show-labels  columns of labels
  -w, --watch[=30s]        print rows that change

status, check, audit, and lists such as who-can and grants also print -o
markdown, for a ticket.
curl prints responses as they are: -o raw, json or ndjson.

A terminal gets the same output as a pipe, but for color, width and progress.
`,
  trust: `Kubelets are verified before anything is sent to them.

  by default               with the CA of the cluster in the kubeconfig
  --kubelet-certificate-authority FILE
                           with these CAs; system: the CAs of your machine
  --kubelet-fingerprint [NODE=]SHA256:…
                           by the certificate itself
  --kubelet-fingerprint @FILE
                           by lines NODE=SHA256:…, as certificates -o
                           fingerprints prints them
  --kubelet-tls-server-name NAME
                           for this name in place of the address
  -k                       not at all: then no token is sent

certificates --ca-bundle FILE writes the CAs that verify all kubelets. Your
token is shown to kubelets only with --show-token, whatever --via is: a kubelet
could use it until it expires. A client certificate proves who you are, and
gives nothing away.

On kubeadm, kind, minikube and Talos kubelets sign their own certificates:
commands that read then go through the API server.
`,
  environment: `Environment variables:

  KUBECONFIG               as for kubectl
  KUBELETACCESS_VIA        path of commands that read: auto, direct or apiserver
  KUBELETACCESS_ALLOW_EXEC 1 allows exec, attach and port-forward
  KUBELETACCESS_WORKERS    processes for large fleets; 0 for none
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                           proxies to the API server and to kubelets
  KUBERNETES_MASTER, KUBERC, KUBECTL_KUBERC
                           as for kubectl
  KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT
                           the API server, in a pod without a kubeconfig
  NO_COLOR, TERM=dumb      no colors, unless --color=always
  LC_ALL, LC_CTYPE, LANG   bars of UTF-8 or ASCII
  XDG_CACHE_HOME           folder of cached addresses; ~/.cache by default
`,
  uninstall: `Remove what this program left, first from each cluster:

  grants                   lists grants; revoke --subject SUBJECT takes one away.
                           revoke alone takes the access of kube-apiserver:
                           kubectl logs and exec then fail for everybody
  revoke --expired --print-cronjob | kubectl delete -f -
                           deletes the CronJob, if you applied it
  policy | kubectl delete -f -
                           deletes the admission policy, if you applied it

Then from this machine:

  completion uninstall     removes completion
  kubectl krew uninstall kubeletaccess
                           removes the program; or as it was installed
  rm -r ~/.cache/kubectl-kubeletaccess
                           removes cached addresses and ways to kubelets

docs/uninstall.md has all of it.
`,
};
