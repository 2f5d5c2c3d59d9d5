import { formatRule } from '../../../../src/rbac/rules.ts';
import { pairRule, rule } from '../../../kit/rbac.ts';
import { concurrentSuite, suite } from '../../../kit/suite.ts';
import { play } from './transcript.ts';

const added = JSON.stringify([formatRule(pairRule)]);
const addedAndMore = JSON.stringify([pairRule, rule('pods')].map(formatRule));

/** A mark has no blanks. */
const marked = (text: string) => text.replaceAll(' ', '~');

suite('grant', (test) =>
  play(
    test,
    `
# denies nodes/proxy to anyone but the kubelet client without --allow-exec, whose name may differ only in case
$ grant --subject user:kubernetes
  error: user:kubernetes is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:Kubernetes
  This grant includes nodes/proxy, which allows running commands in every container of the cluster.
  hint: to grant kube-apiserver access: kubectl kubeletaccess grant
  hint: to let user:kubernetes read from kubelets: kubectl kubeletaccess grant --profile readonly --subject user:kubernetes
$ grant --subject user:kubernetes --allow-exec --dry-run=client
  clusterrole/kubeletaccess:apiserver created (dry run), clusterrolebinding/kubeletaccess:apiserver:user:kubernetes created (dry run)
  would grant to user:kubernetes: | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | + subject user:kubernetes
ran grant --subject user:Kubernetes
# denies access to a kube-apiserver with a node certificate
cluster kubeletClient=system:node:master-1
$ grant
  error: kube-apiserver authenticates to kubelets as "system:node:master-1", which is never granted access: it is a node identity: kube-apiserver presents a node certificate to kubelets (check its --kubelet-client-certificate)
# grants nothing if kubelets name different users
cluster nodes=liar,none
$ grant
  error: cannot determine the kubelet client identity of kube-apiserver: kubelets name different users
  node-1: denies user "system:serviceaccount:evil:evil"
  node-2: denies user "Kubernetes"
  A kubelet, broken or hostile, must not choose who gets access to every node; API servers may also use different client certificates.
  hint: if you know it, from the certificate of its --kubelet-client-certificate: kubectl kubeletaccess grant --subject user:NAME --allow-exec
# does not accept a service account as the identity of kube-apiserver
cluster nodes=liar,liar
$ grant
  error: kubelets authenticate kube-apiserver as the service account "system:serviceaccount:evil:evil", which cannot be a kubelet client identity
  hint: check the kubelets before you trust this: kubectl kubeletaccess certificates
# does not treat the answer of another server as access to a kubelet
cluster nodes=portal
$ grant
  error: cannot determine the kubelet client identity of kube-apiserver: no kubelet named it
  node-1: answered 200: <html>
  hint: if you know it, from the certificate of its --kubelet-client-certificate: kubectl kubeletaccess grant --subject user:NAME --allow-exec
# asks the next node if a node cannot be reached
cluster nodes=stopped,none
$ grant
  clusterrole/system:kube-apiserver-to-kubelet created, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | + subject user:Kubernetes
# names the kubelets that allow everything
cluster nodes=always-allow
$ grant
  nothing to do: kube-apiserver already has full kubelet access (checked node-1): it is in group system:masters, another binding grants it, or kubelets have authorization mode AlwaysAllow
  hint: kubectl kubeletaccess audit
# hints repeat the options if the cluster has no nodes
cluster nodes=
$ grant --for 1h
  error: cannot determine the kubelet client identity of kube-apiserver: the cluster has no nodes
  hint: if you know it, from the certificate of its --kubelet-client-certificate: kubectl kubeletaccess grant --for 1h --subject user:NAME --allow-exec
# finds two API servers with different certificates, and grants access to each by the printed command
cluster nodes=none kubeletClient=Kubernetes,kube-apiserver-2
$ grant
  error: cannot determine the kubelet client identity of kube-apiserver: kubelets name different users
  node-1: denies user "Kubernetes"
  node-1: denies user "kube-apiserver-2"…
  hint: if you know it, from the certificate of its --kubelet-client-certificate: kubectl kubeletaccess grant --subject user:NAME --allow-exec
ran grant --subject user:Kubernetes --allow-exec
ran grant --subject user:kube-apiserver-2 --allow-exec
# suggests --subject for a --user that the kubeconfig does not have, as revoke does
$ grant --profile stats --user 'jane doe'
  error: user "jane doe" does not exist
  hint: whom access is for: --subject 'user:jane doe'
  hint: available users: admin, dev, token
$ revoke --profile stats --user 'jane doe'
  error: user "jane doe" does not exist
  hint: whom access is for: --subject 'user:jane doe'
  hint: available users: admin, dev, token
# repeats the options of the command line in hints, which can be pasted
$ grant --context admin --for 30m --node node-1 --subject 'user:jane doe'
  error: user:jane doe is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:Kubernetes
  This grant includes nodes/proxy, which allows running commands in every container of the cluster.
  hint: to grant kube-apiserver access: kubectl kubeletaccess grant --context admin --for 30m --node node-1
  hint: to let user:jane doe read from kubelets: kubectl kubeletaccess grant --context admin --for 30m --node node-1 --profile readonly --subject 'user:jane doe'
$ grant --context admin --for 30m --node node-1 --profile readonly --subject 'user:jane doe'
  clusterrole/kubeletaccess:readonly@node-1 created, clusterrolebinding/kubeletaccess:readonly@node-1:user:jane doe created
  would grant to user:jane doe: | + nodes/metrics,nodes/stats,nodes/healthz,nodes/pods,nodes/configz get (only node-1) | + nodes get (only node-1) | + subject user:jane doe | expires TIME
  note: with a token in place of a client certificate: kubectl kubeletaccess top nodes --node node-1 --via direct --show-token (shows the token to kubelets; self-signed ones: kubectl kubeletaccess help trust)
  note: Kubernetes will not expire this: run kubectl kubeletaccess revoke --expired after TIME (a CronJob for it: kubectl kubeletaccess revoke --expired --print-cronjob)
# binds the cluster's own role to the kubelet client of kubeadm as kubeadm does, unless --profile or --node is given
cluster nodes=none kubeletClient=kube-apiserver-kubelet-client
role system:kubelet-api-admin = * nodes/proxy
$ grant --profile apiserver --dry-run=client
  clusterrole/system:kube-apiserver-to-kubelet created (dry run), clusterrolebinding/system:kube-apiserver created (dry run)
  would grant to user:kube-apiserver-kubelet-client (kubelet client): | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | + subject user:kube-apiserver-kubelet-client
$ grant --node node-1 --dry-run=client
  clusterrole/kubeletaccess:apiserver@node-1 created (dry run), clusterrolebinding/kubeletaccess:apiserver@node-1:user:kube-apiserver-kubelet-client created (dry run)
  would grant to user:kube-apiserver-kubelet-client (kubelet client): | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) (only node-1) | + subject user:kube-apiserver-kubelet-client
$ grant
  clusterrole/system:kubelet-api-admin unchanged, clusterrolebinding/kubeadm:apiserver-kubelet-client created
  note: kubeadm gives this user its access by ClusterRoleBinding kubeadm:apiserver-kubelet-client; for a binding of its own beside that: --profile apiserver --force
  would grant to user:kube-apiserver-kubelet-client (kubelet client): | + subject user:kube-apiserver-kubelet-client
objects
  role system:kubelet-api-admin = * nodes/proxy
  binding kubeadm:apiserver-kubelet-client own @kubeletaccess/added=["user:kube-apiserver-kubelet-client"] @kubeletaccess/granted-by=user:admin = system:kubelet-api-admin: user:kube-apiserver-kubelet-client
# does not write objects that the manager of GKE would revert, except with --force
cluster nodes=none kubeletClient=kube-apiserver
mark nodes node-1 cloud.google.com/gke-nodepool=a
$ grant --context admin --for 1h
  error: GKE's add-on manager gives kube-apiserver its access to kubelets by ClusterRoleBinding kube-apiserver-kubelet-api-admin, and reverts changes: nothing is granted beside it
  hint: kubectl get clusterrolebinding kube-apiserver-kubelet-api-admin -o yaml
  hint: to grant it nevertheless: kubectl kubeletaccess grant --context admin --for 1h --force
role system:kubelet-api-admin = * nodes/proxy
binding kube-apiserver-kubelet-api-admin = system:kubelet-api-admin: user:kube-apiserver
$ grant
  nothing to do: user:kube-apiserver already has access through ClusterRoleBinding kube-apiserver-kubelet-api-admin; GKE's add-on manager manages it
delete clusterrolebindings kube-apiserver-kubelet-api-admin
$ grant --force
  clusterrole/system:kube-apiserver-to-kubelet created, clusterrolebinding/system:kube-apiserver created
  would grant to user:kube-apiserver (kubelet client): | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | + subject user:kube-apiserver
# has nothing to do if kube-apiserver is in system:masters
cluster nodes=always-allow
mark nodes node-1 microk8s.io/cluster=a
$ grant
  nothing to do: kube-apiserver already has full kubelet access (checked node-1): on microk8s, it is in group system:masters
  hint: kubectl kubeletaccess audit
# does not ask virtual nodes for the name of the kubelet client, because grants have no effect on them
cluster nodes=none
mark nodes node-1 type=virtual-kubelet
$ grant
  error: cannot determine the kubelet client identity of kube-apiserver: a virtual node has its own permissions, whatever RBAC allows
# prints that no grant helps if another authorizer than RBAC denies the request
cluster nodes=none inBetween=authorizer
$ grant
  Error from server (Forbidden): nodes "node-1" is forbidden: User "admin" cannot get resource "nodes/proxy" in API group "" at the cluster scope: policy "no-kubelets" denies it
  why: an authorizer beside RBAC denies it: no grant changes that
# detects a denied binding before it creates the role
allow dev = get,create,escalate,bind clusterroles rbac; get clusterrolebindings rbac
dev$ grant --subject user:Kubernetes --allow-exec
  would grant to …
  Error from server (Forbidden): clusterrolebindings.rbac.authorization.k8s.io is forbidden: User "dev" cannot create resource "clusterrolebindings" in API group "rbac.authorization.k8s.io" at the cluster scope
  missing: clusterrolebindings.rbac.authorization.k8s.io create for user "dev"…hint: or get the missing permission: kubectl create clusterrole create-clusterrolebindings:dev --verb=create --resource=clusterrolebindings && kubectl create clusterrolebinding create-clusterrolebindings:dev --clusterrole=create-clusterrolebindings:dev --user=dev
# fails without writes if the caller lacks bind and the permissions of the new role
allow dev = get,create,escalate clusterroles rbac; get,create clusterrolebindings rbac
dev$ grant --subject user:Kubernetes --allow-exec
  would grant to …
  error: ClusterRoleBinding system:kube-apiserver would be denied: you have neither "bind" on ClusterRole system:kube-apiserver-to-kubelet nor all of its permissions
  missing: nodes/proxy (all verbs)…hint: or get the bind permission for this role only: kubectl create clusterrole bind-system:kube-apiserver-to-kubelet:dev --verb=bind --resource=clusterroles --resource-name=system:kube-apiserver-to-kubelet && kubectl create clusterrolebinding bind-system:kube-apiserver-to-kubelet:dev --clusterrole=bind-system:kube-apiserver-to-kubelet:dev --user=dev
# does not require escalate or bind if the caller has all permissions of the role
allow dev = get,create clusterroles rbac; get,create clusterrolebindings rbac; * *
dev$ grant --subject user:Kubernetes --allow-exec --dry-run=server
  clusterrole/system:kube-apiserver-to-kubelet created (server dry run), clusterrolebinding/system:kube-apiserver created (server dry run)
  would grant to …
dev$ grant --subject user:Kubernetes --allow-exec
  clusterrole/system:kube-apiserver-to-kubelet created, clusterrolebinding/system:kube-apiserver created
  would grant to …
# prints that the caller lacks bind on an existing role
ran grant
delete clusterrolebindings system:kube-apiserver
allow dev = get,create clusterroles rbac; get,create clusterrolebindings rbac
dev$ grant --subject user:Kubernetes --allow-exec
  clusterrole/system:kube-apiserver-to-kubelet unchanged
  would grant to user:Kubernetes: | + subject user:Kubernetes
  Error from server (Forbidden): clusterrolebindings.rbac.authorization.k8s.io "system:kube-apiserver" is forbidden: user "dev" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held: | {APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]} | {APIGroups:[""], Resources:["nodes/metrics"], Verbs:["*"]} | {APIGroups:[""], Resources:["nodes/proxy"], Verbs:["*"]} | {APIGroups:[""], Resources:["nodes/spec"], Verbs:["*"]} | {APIGroups:[""], Resources:["nodes/stats"], Verbs:["*"]}
  missing: nodes/log (all verbs)…hint: or get the bind permission for this role only: kubectl create clusterrole bind-system:kube-apiserver-to-kubelet:dev --verb=bind --resource=clusterroles --resource-name=system:kube-apiserver-to-kubelet && kubectl create clusterrolebinding bind-system:kube-apiserver-to-kubelet:dev --clusterrole=bind-system:kube-apiserver-to-kubelet:dev --user=dev
# grants access to all authenticated users only with --force, and never to anonymous users or nodes
$ grant --profile stats --subject group:system:authenticated
  error: granting kubelet access to group:system:authenticated requires --force: it is the group of every authenticated user
  hint: re-run with --force to override
$ grant --profile stats --subject group:system:authenticated --force
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:group:system:authenticated created
  would grant to group:system:authenticated: | + nodes/stats get | + nodes get,list | + subject group:system:authenticated…
$ grant --profile stats --subject user:system:anonymous --force
  error: cannot grant kubelet access to user:system:anonymous: it is the user of every unauthenticated request: kube-apiserver presents no client certificate to kubelets (check its --kubelet-client-certificate)
# fails for a service account that does not exist, except with --ignore-not-found, or if accounts cannot be read
account ops/bot
$ grant --profile metrics --subject serviceaccount:ops:bott
  exit 2
  error: namespace ops has no service account bott
  hint: did you mean: serviceaccount:ops:bot?
  hint: access for an account that is created later: --ignore-not-found
  hint: kubectl get serviceaccounts -n ops
$ grant --profile metrics --subject serviceaccount:ops:bott --ignore-not-found -o name --dry-run=client
  clusterrole/kubeletaccess:metrics, clusterrolebinding/kubeletaccess:metrics:serviceaccount:ops:bott
  warning: namespace ops has no service account bott; did you mean: serviceaccount:ops:bot?
# fails for a node that does not exist, because it may be the name of a user, except with --ignore-not-found
$ grant nodee-1 bob
  exit 2
  error: nodes "nodee-1", "bob" not found
  hint: did you mean: node-1 or node-2?
  hint: access for a user: --subject user:nodee-1
  hint: access for a node that joins later: --ignore-not-found
  hint: kubectl get nodes
$ grant --profile metrics --subject user:jane --node node-1 --node nope --node nope --ignore-not-found
  clusterrole/kubeletaccess:metrics@2-nodes+835313f9 created, clusterrolebinding/kubeletaccess:metrics@2-nodes+835313f9:user:jane created
  warning: node "nope" not found
  hint: kubectl get nodes
  would grant to user:jane: | + nodes/metrics get (only node-1, nope) | + nodes get (only node-1, nope) | + subject user:jane…
# hints for the access of a user name no other user, and one profile
$ grant --profile stats --subject user:jane --node nodee-1
  exit 2
  error: nodes "nodee-1" not found
  hint: did you mean: node-1 or node-2?
  hint: access for a node that joins later: --ignore-not-found
  hint: kubectl get nodes
$ grant --profile apiserver-full --subject user:jane
  error: user:jane is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:Kubernetes
  This grant includes nodes/proxy, which allows running commands in every container of the cluster.
  hint: to grant kube-apiserver access: kubectl kubeletaccess grant --profile apiserver-full
  hint: to let user:jane read from kubelets: kubectl kubeletaccess grant --profile readonly --subject user:jane
# tells a user once how to use new access
$ grant --profile metrics --subject user:jane
  clusterrole/kubeletaccess:metrics created, clusterrolebinding/kubeletaccess:metrics:user:jane created
  would grant to user:jane: | + nodes/metrics get | + nodes get,list | + subject user:jane
  note: with a token in place of a client certificate: kubectl kubeletaccess metrics resource --via direct --show-token (shows the token to kubelets; self-signed ones: kubectl kubeletaccess help trust)
$ grant --profile metrics --subject user:jane
  clusterrole/kubeletaccess:metrics unchanged, clusterrolebinding/kubeletaccess:metrics:user:jane unchanged
# grants nothing if it cannot wait for a node
$ grant --profile metrics --subject serviceaccount:ops:bot --node nope --ignore-not-found --wait
  warning: node "nope" not found
  hint: kubectl get nodes
  warning: namespace ops has no service account bot
  error: cannot wait for kubelets: node nope not found
  hint: kubectl get nodes
# -o yaml prints the binding alone if the profile binds a role of the cluster
role system:kubelet-api-admin = @apiserver
$ grant --profile builtin -o yaml
  apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: | name: kubeletaccess:builtin:user:Kubernetes…
# repairs kube-apiserver's role if its maker gave it the label of built-in roles
role system:kube-apiserver-to-kubelet kubernetes.io/bootstrapping=rbac-defaults = get nodes/proxy
$ grant
  clusterrole/system:kube-apiserver-to-kubelet configured, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy (all verbs) | + nodes/stats (all verbs) | + nodes/log (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | + subject user:Kubernetes
$ revoke
  clusterrolebinding/system:kube-apiserver deleted, clusterrole/system:kube-apiserver-to-kubelet configured
  note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant
  would remove: | - subject user:Kubernetes | - nodes/proxy (all verbs) | - nodes/stats (all verbs) | - nodes/log (all verbs) | - nodes/spec (all verbs) | - nodes/metrics (all verbs)
# says who made kube-apiserver's binding, and keeps it
role system:kube-apiserver-to-kubelet = @apiserver
binding system:kube-apiserver manager=kubectl-create = system:kube-apiserver-to-kubelet: user:kubernetes
$ revoke
  clusterrolebinding/system:kube-apiserver unchanged
  ClusterRoleBinding system:kube-apiserver kept: it was created by kubectl-create, not by kubectl-kubeletaccess
  subject user:kubernetes has ClusterRole system:kube-apiserver-to-kubelet by it
  note: to delete it, which takes that role from all its subjects: kubectl delete clusterrolebinding system:kube-apiserver
  nothing to do: no matching grant found
# treats the user name of a service account as the service account
account ops/bot
$ grant --profile metrics --subject system:serviceaccount:ops:bot
  clusterrole/kubeletaccess:metrics created, clusterrolebinding/kubeletaccess:metrics:serviceaccount:ops:bot created
  would grant to serviceaccount:ops:bot: | + nodes/metrics get | + nodes get,list | + subject serviceaccount:ops:bot
$ grant --profile metrics --subject serviceaccount:ops:bot
  clusterrole/kubeletaccess:metrics unchanged, clusterrolebinding/kubeletaccess:metrics:serviceaccount:ops:bot unchanged
# leaves objects of others alone that are exactly right
role kubeletaccess:stats = @stats
binding kubeletaccess:stats:user:jane = kubeletaccess:stats: user:jane
$ grant --profile stats --subject user:jane --for 1h
  error: user:jane has access that grant did not add, through ClusterRoleBinding kubeletaccess:stats:user:jane: --for cannot end it
# changes no object of others that has its name, and says what its deletion takes
role kubeletaccess:stats = @stats
binding kubeletaccess:stats:user:jane = kubeletaccess:stats: user:eve
$ grant --profile stats --subject user:jane --force
  error: ClusterRoleBinding kubeletaccess:stats:user:jane was not made by grant
  subject user:eve has ClusterRole kubeletaccess:stats by it
  hint: delete it, which takes this access from all its subjects, and run this command again: kubectl delete clusterrolebinding kubeletaccess:stats:user:jane
role kubeletaccess:stats = get,list nodes
binding kubeletaccess:stats:user:jane own = kubeletaccess:stats: user:jane
$ grant --profile stats --subject user:jane --force
  error: ClusterRole kubeletaccess:stats was not made by grant, and lacks nodes/stats get
  it allows nodes get,list
  hint: delete it, which takes this access from all its subjects, and run this command again: kubectl delete clusterrole kubeletaccess:stats
delete clusterrolebindings kubeletaccess:stats:user:jane
binding kubeletaccess:stats:user:jane = view: user:eve
$ grant --profile stats --subject user:jane --force
  error: ClusterRoleBinding kubeletaccess:stats:user:jane refers to ClusterRole view, not kubeletaccess:stats, and roleRef is immutable
  subject user:eve has ClusterRole view by it
  hint: delete it, which takes this access from all its subjects, and run this command again: kubectl delete clusterrolebinding kubeletaccess:stats:user:jane
# hands a role with more rules to a new subject only with --force, which removes them
ran grant --profile stats --subject user:jane
role kubeletaccess:stats own = get nodes/stats; get,list nodes; get secrets
$ grant --profile stats --subject user:bob
  error: ClusterRole kubeletaccess:stats allows more than profile stats
  extra rule: secrets get
  hint: re-run with --force to remove the extra rules, also from its other subjects
$ grant --profile stats --subject user:bob --force
  clusterrole/kubeletaccess:stats configured, clusterrolebinding/kubeletaccess:stats:user:bob created
  would grant to user:bob: | - secrets get | + subject user:bob…
role kubeletaccess:stats = get nodes/stats; get,list nodes; get secrets
$ grant --profile stats --subject user:eve --force
  error: ClusterRole kubeletaccess:stats was not made by grant, and allows more than profile stats
  it allows nodes/stats get
  it allows nodes get,list
  it allows secrets get
  hint: delete it, which takes this access from all its subjects, and run this command again: kubectl delete clusterrole kubeletaccess:stats
# puts missing rules back
ran grant --profile stats --subject user:jane --for 1h
role kubeletaccess:stats own = get,list nodes
$ grant --profile stats --subject user:jane
  clusterrole/kubeletaccess:stats configured, clusterrolebinding/kubeletaccess:stats:user:jane configured
  would grant to user:jane: | + nodes/stats get | ~ subject user:jane no longer expires (was TIME)…
# does not create a role that existing bindings would give to others, and never for subjects without access
binding old = system:kube-apiserver-to-kubelet: user:mallory, group:system:authenticated
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:kubernetes
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet would also give nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) to others
  also for user:mallory, group:system:authenticated, through ClusterRoleBinding old
  also for user:kubernetes, through ClusterRoleBinding system:kube-apiserver
  hint: re-run with --force if they may have it
$ grant --force
  clusterrole/system:kube-apiserver-to-kubelet created, clusterrolebinding/system:kube-apiserver configured
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | also for user:mallory, group:system:authenticated, through ClusterRoleBinding old | also for user:kubernetes, through ClusterRoleBinding system:kube-apiserver | + subject user:Kubernetes
delete clusterroles system:kube-apiserver-to-kubelet
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: group:system:unauthenticated
$ grant --force
  error: group:system:unauthenticated would also get access, which is never allowed: it is the group of every unauthenticated request
  group:system:unauthenticated, through ClusterRoleBinding system:kube-apiserver
  hint: remove that subject from the binding first
# counts who gets rules through an aggregated role
aggregate all own
aggregate more part=all
mark clusterroles all part=all
binding everyone = all: group:ops
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet would also give nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) to others
  also for group:ops, through ClusterRoleBinding everyone to ClusterRole all, which includes it by aggregation
  also for ClusterRole more, which includes it by aggregation
  hint: re-run with --force if they may have it
ran grant --force
aggregate view rbac.authorization.k8s.io/aggregate-to-view=true
delete clusterroles all
binding devs = view: group:devs
role system:kube-apiserver-to-kubelet own rbac.authorization.k8s.io/aggregate-to-view=true = 
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet would also give nodes/proxy (all verbs), nodes/stats (all verbs), nodes/log (all verbs), nodes/spec (all verbs), nodes/metrics (all verbs) to others
  also for group:devs, through ClusterRoleBinding devs to ClusterRole view, which includes it by aggregation
  hint: re-run with --force if they may have it
aggregate system:kube-apiserver-to-kubelet none=none
$ grant --force
  error: ClusterRole system:kube-apiserver-to-kubelet lacks nodes/proxy (all verbs), nodes/stats (all verbs), nodes/log (all verbs), nodes/spec (all verbs), nodes/metrics (all verbs), but it is an aggregated role and cannot be edited
  hint: kubectl get clusterrole system:kube-apiserver-to-kubelet -o yaml
# notes what it could not check for a caller who may not list bindings and roles
allow dev = get,create,update,bind,escalate clusterroles rbac; get,create clusterrolebindings rbac
dev$ grant --subject user:Kubernetes --allow-exec
  clusterrole/system:kube-apiserver-to-kubelet created, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes: | + nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) | + subject user:Kubernetes
  note: cannot check who else gets ClusterRole system:kube-apiserver-to-kubelet, by a binding or aggregation: clusterrolebindings.rbac.authorization.k8s.io is forbidden: User "dev" cannot list resource "clusterrolebindings" in API group "rbac.authorization.k8s.io" at the cluster scope
  note: cannot check who else gets ClusterRole system:kube-apiserver-to-kubelet, by a binding or aggregation: clusterroles.rbac.authorization.k8s.io is forbidden: User "dev" cannot list resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope
role kubeletaccess:stats own rbac.authorization.k8s.io/aggregate-to-view=true =
allow dev = get,create,update,bind,escalate clusterroles rbac; * clusterrolebindings rbac
dev$ grant --profile stats --subject user:jane
  error: ClusterRole kubeletaccess:stats would also give nodes/stats get, nodes get,list to others
  also for subjects of roles that aggregate it: clusterroles cannot be listed
  hint: re-run with --force if they may have it
# adds no rules for a caller who has escalate, but neither bind nor the permissions
role system:kube-apiserver-to-kubelet = * nodes/stats
allow dev = get,create,list,update,escalate clusterroles rbac; get,list,create,update clusterrolebindings rbac; * nodes/stats
dev$ grant --subject user:Kubernetes --allow-exec
  would grant to user:Kubernetes: | + nodes/proxy (all verbs) | + nodes/log (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | + subject user:Kubernetes
  error: ClusterRoleBinding system:kube-apiserver would be denied: you have neither "bind" on ClusterRole system:kube-apiserver-to-kubelet nor all of its permissions
  missing: nodes/proxy (all verbs)…hint: or get the bind permission for this role only: kubectl create clusterrole bind-system:kube-apiserver-to-kubelet:dev --verb=bind --resource=clusterroles --resource-name=system:kube-apiserver-to-kubelet && kubectl create clusterrolebinding bind-system:kube-apiserver-to-kubelet:dev --clusterrole=bind-system:kube-apiserver-to-kubelet:dev --user=dev
allow dev = get,create,list,update,escalate,bind clusterroles rbac; get,list,create,update clusterrolebindings rbac; * nodes/stats
dev$ grant --subject user:Kubernetes --allow-exec
  clusterrole/system:kube-apiserver-to-kubelet configured, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes: | + nodes/proxy (all verbs) | + nodes/log (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | + subject user:Kubernetes
# changes an object that another tool manages only with --force
role system:kube-apiserver-to-kubelet @meta.helm.sh/release-name=kube = * nodes/stats
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet is managed by Helm release kube and would be changed
  + nodes/proxy (all verbs)
  + nodes/log (all verbs)
  + nodes/spec (all verbs)
  + nodes/metrics (all verbs)
  hint: change it there, or re-run with --force to override
role system:kube-apiserver-to-kubelet app.kubernetes.io/managed-by=x = * nodes/stats
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet is managed by x (app.kubernetes.io/managed-by) and would be changed…hint: change it there, or re-run with --force to override
role system:kube-apiserver-to-kubelet manager=argocd-controller = * nodes/stats
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet is managed by Argo CD and would be changed…hint: change it there, or re-run with --force to override
role system:kube-apiserver-to-kubelet owner=Operator/o = * nodes/stats
$ grant
  error: ClusterRole system:kube-apiserver-to-kubelet is managed by Operator o (owner reference) and would be changed…hint: change it there, or re-run with --force to override
$ grant --force
  clusterrole/system:kube-apiserver-to-kubelet configured, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy (all verbs) | + nodes/log (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | + subject user:Kubernetes
# adds to a role and binding made by hand what they lack, records only that, and takes only that
role system:kube-apiserver-to-kubelet = * nodes/stats,nodes/log; get pods
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:other
$ grant --force
  clusterrole/system:kube-apiserver-to-kubelet configured, clusterrolebinding/system:kube-apiserver configured
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | also for user:other, through ClusterRoleBinding system:kube-apiserver | + pods get, which ClusterRole system:kube-apiserver-to-kubelet allows beyond the profile | + subject user:Kubernetes
objects
  role system:kube-apiserver-to-kubelet @kubeletaccess/added=["nodes/proxy (all verbs)","nodes/spec (all verbs)","nodes/metrics (all verbs)"] = * nodes/stats,nodes/log; get pods; * nodes/proxy; * nodes/spec; * nodes/metrics
  binding system:kube-apiserver @kubeletaccess/added=["user:Kubernetes"] @kubeletaccess/granted-by=user:admin = system:kube-apiserver-to-kubelet: user:other, user:Kubernetes
$ revoke
  clusterrolebinding/system:kube-apiserver configured, clusterrole/system:kube-apiserver-to-kubelet unchanged
  note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant
  would remove: | - subject user:Kubernetes | subject user:other kept: not added by this grant | ClusterRole system:kube-apiserver-to-kubelet kept: others have nodes/proxy (all verbs), nodes/spec (all verbs), nodes/metrics (all verbs), which grant added: user:other, through ClusterRoleBinding system:kube-apiserver; --force takes it
$ revoke
  clusterrolebinding/system:kube-apiserver unchanged, clusterrole/system:kube-apiserver-to-kubelet unchanged
  ClusterRoleBinding system:kube-apiserver kept: it was not created by kubectl-kubeletaccess
  subject user:other has ClusterRole system:kube-apiserver-to-kubelet by it
  ClusterRole system:kube-apiserver-to-kubelet kept: others have …; --force takes it
  note: to delete it, which takes that role from all its subjects: kubectl delete clusterrolebinding system:kube-apiserver
  nothing to do: no matching grant found
$ revoke --force
  …configured
  note: kubectl logs, …
  would remove: | ClusterRoleBinding system:kube-apiserver kept: it was not created by kubectl-kubeletaccess | subject user:other has ClusterRole system:kube-apiserver-to-kubelet by it | - nodes/proxy (all verbs) | - nodes/spec (all verbs) | - nodes/metrics (all verbs) | also from user:other, through ClusterRoleBinding system:kube-apiserver
  note: to delete it, …
# says by which binding the subject has the access already, and grants it beside with --force
allow jane = * * *
$ grant --profile stats --subject user:jane
  nothing to do: user:jane already has this access through ClusterRoleBinding for-jane
  hint: re-run with --force to grant it beside that
$ grant --profile stats --subject user:jane --force
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:user:jane created
  would grant to user:jane: | + nodes/stats get | + nodes get,list | + subject user:jane…
# sets another expiry by --for, and removes it where it is left out
ran grant --profile stats --subject user:jane --for 1h
$ grant --profile stats --subject user:jane --for 2h
  clusterrole/kubeletaccess:stats unchanged, clusterrolebinding/kubeletaccess:stats:user:jane configured
  would grant to user:jane: | ~ subject user:jane expires TIME (was TIME)…
$ grant --profile stats --subject user:jane --dry-run=client
  clusterrole/kubeletaccess:stats unchanged (dry run), clusterrolebinding/kubeletaccess:stats:user:jane configured (dry run)
  would grant to user:jane: | ~ subject user:jane no longer expires (was TIME)
ran grant --profile stats --subject user:jane
$ grant --profile stats --subject user:jane --for 1h
  clusterrole/kubeletaccess:stats unchanged, clusterrolebinding/kubeletaccess:stats:user:jane configured
  would grant to user:jane: | ~ subject user:jane expires TIME (was never)…
# --profile builtin binds the role of kube-apiserver, and does not create it
$ grant --profile builtin
  error: ClusterRole system:kubelet-api-admin not found; kube-apiserver creates it by default
  hint: use a profile with its own role, such as --profile apiserver
role system:kubelet-api-admin = @apiserver
$ grant --profile builtin
  clusterrole/system:kubelet-api-admin unchanged, clusterrolebinding/kubeletaccess:builtin:user:Kubernetes created
  would grant to user:Kubernetes (kubelet client): | + subject user:Kubernetes
$ revoke --profile builtin
  clusterrolebinding/kubeletaccess:builtin:user:Kubernetes deleted
  note: chosen grants: kubeletaccess:builtin:user:Kubernetes
  note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant
  would remove: | - subject user:Kubernetes
# changes the expiry of profile apiserver-full, although kubelets then deny nothing that names kube-apiserver
cluster denied=0 allowed=0
$ grant --profile apiserver-full -o name
  clusterrole/system:kube-apiserver-to-kubelet, clusterrolebinding/system:kube-apiserver
$ grant --profile apiserver-full --for 1h
  clusterrole/system:kube-apiserver-to-kubelet unchanged, clusterrolebinding/system:kube-apiserver configured
  would grant to user:Kubernetes (kubelet client): | ~ subject user:Kubernetes expires TIME (was never)…
# keeps the expiries of two subjects of the binding of kube-apiserver apart
role system:kube-apiserver-to-kubelet = @apiserver
binding system:kube-apiserver @kubeletaccess/added=["user:first"] = system:kube-apiserver-to-kubelet: user:first
$ grant --for 1h
  error: ClusterRoleBinding system:kube-apiserver also gives user:first this access, which does not expire: one binding has one expiry
# escapes control characters in names from the cluster
role system:kube-apiserver-to-kubelet =
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:evil\u001b]0;owned\u0007\\n - subject, user:Kubernetes
$ grant --force
  clusterrole/system:kube-apiserver-to-kubelet configured, clusterrolebinding/system:kube-apiserver unchanged
  would grant to user:Kubernetes (kubelet client): | + nodes/proxy (all verbs) | + nodes/stats (all verbs) | + nodes/log (all verbs) | + nodes/spec (all verbs) | + nodes/metrics (all verbs) | also for user:evil\\x1b]0;owned\\x07\\x0a - subject, through ClusterRoleBinding system:kube-apiserver
$ grant --profile stats --subject user:\u001b[2J
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:user:\\x1b[2J created
  would grant to user:\\x1b[2J: | + nodes/stats get | + nodes get,list | + subject user:\\x1b[2J…
binding system:kube-apiserver = view: user:x\\nhint: run this
$ grant
  error: ClusterRoleBinding system:kube-apiserver refers to ClusterRole view, not system:kube-apiserver-to-kubelet, and roleRef is immutable
  subject user:x\\x0ahint has ClusterRole view by it
  hint: delete it, which takes this access from all its subjects, and run this command again: kubectl delete clusterrolebinding system:kube-apiserver
# notes old kubelets only of the given nodes, also with -o
cluster minor=31
$ grant --profile readonly --subject user:jane --node node-1
  clusterrole/kubeletaccess:readonly@node-1 created, clusterrolebinding/kubeletaccess:readonly@node-1:user:jane created
  note: kubelets before 1.33 require nodes/proxy in place of nodes/healthz, nodes/pods, nodes/configz, and profile readonly does not include it: node-1
  would grant to user:jane: | + nodes/metrics,nodes/stats,nodes/healthz,nodes/pods,nodes/configz get (only node-1) | + nodes get (only node-1) | + subject user:jane…
$ grant --profile readonly --subject user:jane --node node-1 -o yaml
  apiVersion…note: kubelets before 1.33…
# creates the role again if a revoke deletes it while grant writes the binding
ran grant --profile stats --subject user:jane
meanwhile POST clusterrolebindings: delete clusterrolebindings kubeletaccess:stats:user:jane && delete clusterroles kubeletaccess:stats
$ grant --profile stats --subject user:bob
  clusterrole/kubeletaccess:stats unchanged, clusterrolebinding/kubeletaccess:stats:user:bob created, clusterrole/kubeletaccess:stats created
  would grant to user:bob: | + subject user:bob
  note: another client changed these objects; the changes are now:
  would grant to user:bob: | + nodes/stats get | + nodes get,list…
# creates a deleted role again before it writes the binding, if the caller lacks bind
allow dev = get,list,create,update,delete clusterroles,clusterrolebindings,rolebindings rbac; @stats
ran grant --profile stats --subject user:jane
meanwhile POST clusterrolebindings: delete clusterrolebindings kubeletaccess:stats:user:jane && delete clusterroles kubeletaccess:stats
dev$ grant --profile stats --subject user:bob
  clusterrole/kubeletaccess:stats unchanged, clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:user:bob created
  would grant to user:bob: | + subject user:bob
  note: another client changed these objects; the changes are now:
  would grant to user:bob: | + nodes/stats get | + nodes get,list | + subject user:bob…
# lists the objects written before a failure
allow dev = get,create,escalate,bind clusterroles rbac; get,create clusterrolebindings rbac
meanwhile POST clusterrolebindings: allow dev = get,create,escalate,bind clusterroles rbac; get clusterrolebindings rbac
dev$ grant --subject user:Kubernetes --allow-exec
  clusterrole/system:kube-apiserver-to-kubelet created
  would grant to …
  Error from server (Forbidden): clusterrolebindings.rbac.authorization.k8s.io is forbidden: User "dev" cannot create resource "clusterrolebindings" in API group "rbac.authorization.k8s.io" at the cluster scope
  missing: clusterrolebindings.rbac.authorization.k8s.io create for user "dev"
  already applied: clusterrole/system:kube-apiserver-to-kubelet created…hint: or get the missing permission: kubectl create clusterrole create-clusterrolebindings:dev --verb=create --resource=clusterrolebindings && kubectl create clusterrolebinding create-clusterrolebindings:dev --clusterrole=create-clusterrolebindings:dev --user=dev
  hint: re-run the same command to continue
$ grant
  clusterrole/system:kube-apiserver-to-kubelet unchanged, clusterrolebinding/system:kube-apiserver created
  would grant to user:Kubernetes (kubelet client): | + subject user:Kubernetes
`,
  ));

suite('revoke', (test) =>
  play(
    test,
    `
# keeps the roles if it cannot read the bindings again
allow dev = get,list,delete clusterroles,clusterrolebindings rbac; list rolebindings rbac
ran grant --profile stats --subject user:jane
meanwhile DELETE clusterrolebindings: allow dev = get,list,delete clusterroles rbac; delete clusterrolebindings rbac
dev$ revoke --subject user:jane
  exit 4
  clusterrolebinding/kubeletaccess:stats:user:jane deleted
  would remove: | - subject user:jane | - nodes/stats get | - nodes get,list
  Error from server (Forbidden): clusterrolebindings.rbac.authorization.k8s.io is forbidden: …
  missing: clusterrolebindings.rbac.authorization.k8s.io list for user "dev"
  hint: …
# leaves a binding to a role that grant never binds, even with the label and a name like those of grant
binding cluster-admin:user:jane own = cluster-admin: user:jane
$ revoke --subject user:jane
  nothing to do: no matching grant found
# selects by --node exactly the grants for these nodes
ran grant --profile stats --subject user:jane --node node-1
ran grant --profile stats --subject user:bob --node node-2
ran grant --profile stats --subject user:carl
role kubeletaccess:stats@left own = get nodes/stats of left
$ revoke --profile stats --node node-7
  nothing to do: no matching grant found
  warning: node "node-7" not found
  hint: kubectl get nodes
$ revoke jane
  nothing to do: no matching grant found
  warning: node "jane" not found
  hint: kubectl get nodes
  hint: grants of a user: kubectl kubeletaccess revoke --subject user:jane
$ revoke --profile stats --node node-1
  clusterrolebinding/kubeletaccess:stats@node-1:user:jane deleted, clusterrole/kubeletaccess:stats@node-1 deleted
  note: chosen grants: kubeletaccess:stats@node-1:user:jane
  would remove: | - subject user:jane | - nodes/stats get (only node-1) | - nodes get (only node-1)
ran grant --node node-1
$ revoke --node node-1
  clusterrolebinding/kubeletaccess:apiserver@node-1:user:Kubernetes deleted, clusterrole/kubeletaccess:apiserver@node-1 deleted
  note: chosen grants: kubeletaccess:apiserver@node-1:user:Kubernetes
  would remove: | - subject user:Kubernetes | - nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs) (only node-1)
$ revoke --profile stats
  clusterrolebinding/kubeletaccess:stats:user:carl deleted, clusterrolebinding/kubeletaccess:stats@node-2:user:bob deleted, clusterrole/kubeletaccess:stats deleted, clusterrole/kubeletaccess:stats@left deleted, clusterrole/kubeletaccess:stats@node-2 deleted
  note: chosen grants: kubeletaccess:stats:user:carl, kubeletaccess:stats@node-2:user:bob
  would remove: | - subject user:carl | - subject user:bob | - nodes/stats get | - nodes get,list | - nodes/stats get (only left) | - nodes/stats get (only node-2) | - nodes get (only node-2)
# takes kube-apiserver's access without options, and lists who can still run commands
ran grant
ran grant --subject user:jane --allow-exec
ran grant --profile stats --subject user:bob
$ revoke
  clusterrolebinding/system:kube-apiserver deleted, clusterrole/system:kube-apiserver-to-kubelet deleted
  note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant
  would remove: | - subject user:Kubernetes | - nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs)
  note: others can still run commands in containers through ClusterRoleBinding kubeletaccess:apiserver:user:jane
  hint: to revoke that too: kubectl kubeletaccess revoke --profile apiserver
ran revoke --profile apiserver
# takes all grants of a --subject, with --profile only these
ran grant --profile stats --subject user:bob
ran grant --profile stats --subject user:jane
ran grant --profile logs --subject user:jane
ran grant --profile metrics --subject user:jane
$ revoke --subject user:jane --profile metrics
  clusterrolebinding/kubeletaccess:metrics:user:jane deleted, clusterrole/kubeletaccess:metrics deleted
  would remove: | - subject user:jane | - nodes/metrics get | - nodes get,list
  note: user:jane still has access through ClusterRoleBinding kubeletaccess:logs:user:jane, kubeletaccess:stats:user:jane
  hint: to revoke that too: kubectl kubeletaccess revoke --subject user:jane
$ revoke --subject user:jane
  clusterrolebinding/kubeletaccess:logs:user:jane deleted, clusterrolebinding/kubeletaccess:stats:user:jane deleted, clusterrole/kubeletaccess:logs deleted, clusterrole/kubeletaccess:stats unchanged
  would remove: | - subject user:jane | - subject user:jane | - nodes/log get | - nodes get,list | ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding kubeletaccess:stats:user:bob
# --expired deletes only expired bindings of grant, with the permissions of the CronJob, and keeps roles with a note
allow dev = get,list,delete clusterroles,clusterrolebindings rbac
role kubeletaccess:stats own = @stats
binding kubeletaccess:stats:user:jane own @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:jane
binding kubeletaccess:stats:user:bob own @kubeletaccess/expires=2099-01-01T00:00:00Z = kubeletaccess:stats: user:bob
binding kubeletaccess:stats:user:odd own @kubeletaccess/expires=tomorrow = kubeletaccess:stats: user:odd
binding kubeletaccess:stats:user:carl own = kubeletaccess:stats: user:carl
binding kubeletaccess:stats:user:eve @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:eve
role kubeletaccess:logs own = get nodes/log
binding kubeletaccess:logs:user:jane own @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:logs: user:jane
dev$ revoke --expired
  clusterrolebinding/kubeletaccess:logs:user:jane deleted, clusterrolebinding/kubeletaccess:stats:user:jane deleted, clusterrolebinding/kubeletaccess:stats:user:odd deleted
  note: roles stay: cannot read all roles and bindings: rolebindings.rbac.authorization.k8s.io is forbidden: User "dev" cannot list resource "rolebindings" in API group "rbac.authorization.k8s.io" at the cluster scope
  hint: to remove unused roles, run with permission to list clusterroles and rolebindings: kubectl kubeletaccess revoke --expired
  would remove: | - subject user:jane | - subject user:jane | - subject user:odd
$ revoke --expired
  clusterrole/kubeletaccess:logs deleted
  would remove: | - nodes/log get
# --expired deletes the others if a binding or a role may not be changed, and names it
role kubeletaccess:stats own = @stats
binding kubeletaccess:stats:user:jane own @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:jane
binding kubeletaccess:stats:user:bob own @argocd.argoproj.io/tracking-id=x @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:bob
role system:kube-apiserver-to-kubelet @argocd.argoproj.io/tracking-id=x @kubeletaccess/added=${marked(added)} = @apiserver
binding system:kube-apiserver @kubeletaccess/added=["user:Kubernetes"] @kubeletaccess/expires=2020-01-01T00:00:00Z = system:kube-apiserver-to-kubelet: user:Kubernetes
$ revoke --expired
  exit 4
  clusterrolebinding/kubeletaccess:stats:user:jane deleted, clusterrolebinding/system:kube-apiserver configured, clusterrole/kubeletaccess:stats unchanged, clusterrole/system:kube-apiserver-to-kubelet unchanged
  would remove: | - subject user:jane | - subject user:Kubernetes | ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding kubeletaccess:stats:user:bob | ClusterRole system:kube-apiserver-to-kubelet kept: it is managed by Argo CD
  error: ClusterRoleBinding kubeletaccess:stats:user:bob is managed by Argo CD and would be changed
  hint: change it there, or re-run with --force to override
$ revoke --profile stats
  clusterrole/kubeletaccess:stats unchanged
  ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding kubeletaccess:stats:user:bob
  error: ClusterRoleBinding kubeletaccess:stats:user:bob is managed by Argo CD and would be changed
  hint: change it there, or re-run with --force to override
# takes the subject of the grant out of a binding that others use, and keeps them
role kubeletaccess:stats own = @stats
binding kubeletaccess:stats:user:jane own @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:jane, user:eve
$ revoke --expired
  clusterrolebinding/kubeletaccess:stats:user:jane configured, clusterrole/kubeletaccess:stats unchanged
  would remove: | - subject user:jane | subject user:eve kept: not added by this grant | ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding kubeletaccess:stats:user:jane
# keeps a binding of kube-apiserver that others made, and says what its deletion takes
role system:kube-apiserver-to-kubelet = @apiserver; * pods
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:x, user:Kubernetes
$ revoke
  clusterrolebinding/system:kube-apiserver unchanged
  ClusterRoleBinding system:kube-apiserver kept: it was not created by kubectl-kubeletaccess
  subject user:x has ClusterRole system:kube-apiserver-to-kubelet by it
  subject user:Kubernetes has ClusterRole system:kube-apiserver-to-kubelet by it
  note: to delete it, which takes that role from all its subjects: kubectl delete clusterrolebinding system:kube-apiserver
  nothing to do: no matching grant found
mark clusterrolebindings system:kube-apiserver kubernetes.io/bootstrapping=rbac-defaults app.kubernetes.io/managed-by=x
$ revoke --subject user:x
  clusterrolebinding/system:kube-apiserver unchanged
  ClusterRoleBinding system:kube-apiserver kept: it is managed by x (app.kubernetes.io/managed-by)…
  nothing to do: no matching grant found
# notes what the subject keeps by other bindings, and by the groups of an account
role theirs = get nodes/metrics
binding theirs = theirs: serviceaccount:ops:bot, group:system:serviceaccounts:ops
binding all = theirs: group:system:serviceaccounts
account ops/bot
ran grant --profile logs --subject serviceaccount:ops:bot
$ revoke --subject serviceaccount:ops:bot
  clusterrolebinding/kubeletaccess:logs:serviceaccount:ops:bot deleted, clusterrole/kubeletaccess:logs deleted
  would remove: | - subject serviceaccount:ops:bot | - nodes/log get | - nodes get,list
  note: serviceaccount:ops:bot keeps nodes/metrics get by ClusterRoleBinding all to group:system:serviceaccounts, nodes/metrics get by ClusterRoleBinding theirs to group:system:serviceaccounts:ops, nodes/metrics get by ClusterRoleBinding theirs: grant did not make it
# keeps a role that others use: by a binding, by a RoleBinding, or by aggregation
ran grant --profile stats --subject user:bob
binding more = kubeletaccess:stats: user:eve
rolebinding ns/x = ClusterRole/kubeletaccess:stats
$ revoke --profile stats
  clusterrolebinding/kubeletaccess:stats:user:bob deleted, clusterrole/kubeletaccess:stats unchanged
  note: chosen grants: kubeletaccess:stats:user:bob
  would remove: | - subject user:bob | ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding more, RoleBinding ns/x
delete clusterrolebindings more
rolebinding ns/x = Role/kubeletaccess:stats
aggregate view rbac.authorization.k8s.io/aggregate-to-view=true
binding devs = view: group:devs
mark clusterroles kubeletaccess:stats rbac.authorization.k8s.io/aggregate-to-view=true
$ revoke --profile stats
  clusterrole/kubeletaccess:stats unchanged
  ClusterRole kubeletaccess:stats kept: others have it: group:devs, through ClusterRoleBinding devs to ClusterRole view, which includes it by aggregation; --force takes it
  nothing to do: no matching grant found
$ revoke --profile stats --force
  clusterrole/kubeletaccess:stats deleted
  would remove: | - nodes/stats get | - nodes get,list | also from group:devs, through ClusterRoleBinding devs to ClusterRole view, which includes it by aggregation
# keeps a role to which rules were added, except with --force
ran grant --profile stats --subject user:bob
role kubeletaccess:stats own = get nodes/stats; get,list nodes; get secrets
$ revoke --profile stats
  clusterrolebinding/kubeletaccess:stats:user:bob deleted, clusterrole/kubeletaccess:stats unchanged
  note: chosen grants: kubeletaccess:stats:user:bob
  would remove: | - subject user:bob | ClusterRole kubeletaccess:stats kept: rules were added to it
$ revoke --profile stats --force
  clusterrole/kubeletaccess:stats deleted
  would remove: | - nodes/stats get | - nodes get,list | - secrets get
# keeps a role that another tool manages, except with --force, and knows both profiles of kube-apiserver's role
ran grant --profile stats --subject user:bob
mark clusterroles kubeletaccess:stats @argocd.argoproj.io/tracking-id=x
$ revoke --profile stats
  clusterrolebinding/kubeletaccess:stats:user:bob deleted, clusterrole/kubeletaccess:stats unchanged
  note: chosen grants: kubeletaccess:stats:user:bob
  would remove: | - subject user:bob | ClusterRole kubeletaccess:stats kept: it is managed by Argo CD
ran revoke --profile stats --force
ran grant --profile apiserver-full
ran revoke
objects
# takes what grant added out of a role of others once no grant uses it, and no rule that no profile has
role system:kube-apiserver-to-kubelet @kubeletaccess/added=${marked(addedAndMore)} = @apiserver; get pods
binding system:kube-apiserver @kubeletaccess/added=["user:a","user:b"] = system:kube-apiserver-to-kubelet: user:a, user:b
$ revoke --subject user:a --force
  clusterrolebinding/system:kube-apiserver configured
  would remove: | - subject user:a | subject user:b kept: not added by this grant
$ revoke --subject user:b
  …
objects
  role system:kube-apiserver-to-kubelet = get pods
  binding system:kube-apiserver = system:kube-apiserver-to-kubelet:
# forgets what grant added to a role of others once somebody has removed it
role system:kube-apiserver-to-kubelet @kubeletaccess/added=${marked(added)} = get pods
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:other
$ revoke
  clusterrolebinding/system:kube-apiserver unchanged, clusterrole/system:kube-apiserver-to-kubelet configured
  would remove: | ClusterRoleBinding system:kube-apiserver kept: it was not created by kubectl-kubeletaccess | subject user:other has ClusterRole system:kube-apiserver-to-kubelet by it | - record of added rules, which are gone
  note: to delete it, …
objects
  role system:kube-apiserver-to-kubelet = get pods
  binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:other
# keeps a pair that is exactly what grant makes if another tool manages it
role system:kube-apiserver-to-kubelet @meta.helm.sh/release-name=kube = @apiserver
binding system:kube-apiserver = system:kube-apiserver-to-kubelet: user:Kubernetes
$ revoke
  clusterrolebinding/system:kube-apiserver unchanged
  ClusterRoleBinding system:kube-apiserver kept: …nothing to do: no matching grant found
# does not restore a role that a concurrent grant has created again
ran grant --profile stats --subject user:jane
meanwhile DELETE clusterroles: binding new = kubeletaccess:stats: user:bob
meanwhile POST clusterroles: role kubeletaccess:stats = get nodes/stats
$ revoke --profile stats --subject user:jane
  clusterrolebinding/kubeletaccess:stats:user:jane deleted, clusterrole/kubeletaccess:stats deleted, clusterrole/kubeletaccess:stats unchanged
  would remove: | - subject user:jane | - nodes/stats get | - nodes get,list
  would restore: | + ClusterRole kubeletaccess:stats: ClusterRoleBinding new refers to it since
objects
  role kubeletaccess:stats = get nodes/stats
  binding new = kubeletaccess:stats: user:bob
# names the role that it could not restore, and the command that creates it
allow dev = get,list,update,delete * rbac
ran grant --profile stats --subject user:jane
meanwhile DELETE clusterroles: binding new = kubeletaccess:stats: user:bob
dev$ revoke --profile stats --subject user:jane
  exit 4
  clusterrolebinding/kubeletaccess:stats:user:jane deleted, clusterrole/kubeletaccess:stats deleted
  would remove: | - subject user:jane | - nodes/stats get | - nodes get,list
  would restore: | + ClusterRole kubeletaccess:stats: ClusterRoleBinding new refers to it since
  Error from server (Forbidden): clusterroles.rbac.authorization.k8s.io is forbidden: User "dev" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope
  ClusterRole kubeletaccess:stats was not created
  missing: clusterroles.rbac.authorization.k8s.io create for user "dev"…hint: or get the missing permission: kubectl create clusterrole create-clusterroles:dev --verb=create --resource=clusterroles && kubectl create clusterrolebinding create-clusterroles:dev --clusterrole=create-clusterroles:dev --user=dev
`,
  ));

suite('grants', (test) =>
  play(
    test,
    `
# prints a row for each subject, sorted by expiry
ran grant --profile stats --subject user:ann
ran grant --profile stats --subject user:bob --for 2h --node node-1
ran grant
$ grants
  SUBJECT           PROFILE     NODES    BINDING                               GRANTED BY   EXPIRES IN
  user:bob          stats       node-1   kubeletaccess:stats@node-1:user:bob   user:admin   1…m
  user:ann          stats       <all>    kubeletaccess:stats:user:ann          user:admin   <never>
  user:Kubernetes   apiserver   <all>    system:kube-apiserver                 user:admin   <never>
$ grants -o name
  clusterrolebinding/kubeletaccess:stats@node-1:user:bob, clusterrolebinding/kubeletaccess:stats:user:ann, clusterrolebinding/system:kube-apiserver
$ grants --no-headers --subject user:ann
  user:ann   stats   <all>   kubeletaccess:stats:user:ann   user:admin   <never>
$ grants --subject user:carl
  no grants found
dev$ grants
  Error from server (Forbidden): clusterrole…
  missing: clusterrole… list for user "dev"…
# shows expired access first, also of an expiry that cannot be read, and only what grant added
binding by-hand = view: user:dan
binding kubeletaccess:stats:user:ann own = kubeletaccess:stats: user:dan
binding kubeletaccess:stats:user:bob own @kubeletaccess/expires=2020-01-01T00:00:00Z = kubeletaccess:stats: user:bob
binding kubeletaccess:stats:user:eve own @kubeletaccess/expires=tomorrow = kubeletaccess:stats: user:eve
ran grant --profile logs --subject user:ann
$ grants
  SUBJECT    PROFILE   NODES   BINDING                        GRANTED BY   EXPIRES IN
  user:bob   stats     <all>   kubeletaccess:stats:user:bob   -            -…d
  user:eve   stats     <all>   kubeletaccess:stats:user:eve   -            0s
  user:ann   logs      <all>   kubeletaccess:logs:user:ann    user:admin   <never>
$ grants --expired -o name
  clusterrolebinding/kubeletaccess:stats:user:bob, clusterrolebinding/kubeletaccess:stats:user:eve
`,
  ));

concurrentSuite('--wait', (test) =>
  play(
    test,
    `
# waits on the direct path for the caller's own access
cluster denied=300 allowed=600
allow dev = create,escalate,bind,list * *; * * rbac
dev$ curl /stats/summary --node node-1
  error: cannot read /stats/summary of node-1…
dev$ grant --profile stats --subject user:dev --wait=10s
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:user:dev created
  would grant to user:dev: | + nodes/stats get | + nodes get,list | + subject user:dev…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets allow it
asked GET /stats/
dev$ curl /stats/summary --node node-1
  {…
# does not wait for access that kubelets with the feature gate off never allow
cluster minor=34 nodes=none,no-finer-permissions denied=300 allowed=600
allow dev = create,escalate,bind,list * *; * * rbac
dev$ grant --profile readonly --subject user:dev --wait=10m
  clusterrole/kubeletaccess:readonly created, clusterrolebinding/kubeletaccess:readonly:user:dev created
  would grant to user:dev: | + nodes/metrics,nodes/stats,nodes/healthz,nodes/pods,nodes/configz get | + nodes get,list | + subject user:dev…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets allow it
  note: KubeletFineGrainedAuthz is off, so that /healthz, /pods, /configz needs nodes/proxy: node-2
# asks kubelets by a token of the service account that gains or loses access
cluster denied=300 allowed=300
account mon/agent
$ grant --profile stats --subject serviceaccount:mon:agent --wait=10s
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:serviceaccount:mon:agent created
  would grant to serviceaccount:mon:agent: | + nodes/stats get | + nodes get,list | + subject serviceaccount:mon:agent…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets allow it
asked GET /stats/
$ revoke --profile stats --subject serviceaccount:mon:agent --wait=10s
  clusterrolebinding/kubeletaccess:stats:serviceaccount:mon:agent deleted, clusterrole/kubeletaccess:stats deleted
  would remove: | - subject serviceaccount:mon:agent | - nodes/stats get | - nodes get,list…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets deny it
# fails before it grants access if it cannot wait for the access of another user
$ grant --profile stats --subject user:jane --wait
  exit 2
  error: --wait can check kubelets only as you, a service account or kube-apiserver, not as user:jane
  hint: re-run without --wait
# asks kubelets as kube-apiserver if --subject names kube-apiserver, for any profile
cluster denied=300 allowed=600
$ grant --profile stats --subject user:Kubernetes --wait=10s
  clusterrole/kubeletaccess:stats created, clusterrolebinding/kubeletaccess:stats:user:Kubernetes created
  would grant to user:Kubernetes: | + nodes/stats get | + nodes get,list | + subject user:Kubernetes…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets allow it
asked GET /stats/
$ revoke --subject user:Kubernetes --wait=10s --profile stats
  clusterrolebinding/kubeletaccess:stats:user:Kubernetes deleted, clusterrole/kubeletaccess:stats deleted
  would remove: | - subject user:Kubernetes | - nodes/stats get | - nodes get,list…
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets deny it
# does not treat a subject as kube-apiserver because kubelets allow kube-apiserver everything
allow Kubernetes = * * *
$ grant --subject user:jane --allow-exec --wait=10s
  exit 2
  error: --wait can check kubelets only as you, a service account or kube-apiserver, not as user:jane
  hint: re-run without --wait
# waits also for access that another binding grants
cluster denied=1500 allowed=1500
$ curl /healthz --node node-1 --via apiserver
  error: the kubelet of node-1 …
allow Kubernetes = * nodes/proxy,nodes/stats,nodes/log,nodes/metrics
$ grant --wait=20s
  nothing to do: user:Kubernetes already has this access through ClusterRoleBinding for-Kubernetes
  hint: re-run with --force to grant it beside that
  waiting for kubelets: 0/2 nodes…2/2 nodes
  2 of 2 kubelets allow it
$ curl /healthz --node node-1 --via apiserver
  ok
# revokes nothing if it cannot wait, and says why in one line
cluster nodes=liar,none
ran grant --profile stats --subject user:jane
$ revoke --profile stats --subject user:jane --wait
  exit 2
  error: --wait can check kubelets only as you, a service account or kube-apiserver, not as user:jane
  cannot determine the kubelet client identity of kube-apiserver: kubelets name different users
  hint: re-run without --wait
# fails at once after a revoke if another binding still allows the access
ran grant
allow Kubernetes = get,list nodes/log
$ revoke --wait=10s
  clusterrolebinding/system:kube-apiserver deleted, clusterrole/system:kube-apiserver-to-kubelet deleted
  note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant
  would remove: | - subject user:Kubernetes | - nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs)
  error: kubelets will still allow this: user:Kubernetes can get nodes/log through ClusterRoleBinding for-Kubernetes
  hint: kubectl kubeletaccess audit
# revokes nothing if kubelets allow kube-apiserver everything, because the wait would not end
cluster denied=300 allowed=600
ran grant
allow Kubernetes = * * *
wait 300
$ revoke --wait=10s
  error: nothing to wait for: kubelets would still allow kube-apiserver everything; authorization mode is AlwaysAllow, or another binding grants it
`,
  ),
);
