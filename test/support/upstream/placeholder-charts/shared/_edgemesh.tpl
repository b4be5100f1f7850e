{{- /*
What of .from is set, as far as .known names it. Behind a name in .known stands a map to go into, "titled" for a list of
addresses, "relays" for a list of relay nodes, "quoted", or nothing for a value that is written as it is, without quotes.
*/ -}}
{{- define "edgemesh.settings" -}}
{{- $from := .from }}
{{- range $key, $known := .known }}
{{- with get $from $key }}
{{ $key }}:
{{- if kindIs "map" $known }}
{{- include "edgemesh.settings" (dict "from" . "known" $known) | nindent 2 }}
{{- else if eq $known "titled" }}
{{- include "edgemesh.addresses" . | nindent 2 }}
{{- else if eq $known "relays" }}
{{- range . }}
  - nodeName: {{ .nodeName }}
    advertiseAddress:
    {{- include "edgemesh.addresses" .advertiseAddress | nindent 6 }}
{{- end }}
{{- else if eq $known "quoted" }} {{ quote . }}
{{- else }} {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "edgemesh.addresses" -}}
{{- range . }}
- {{ title . }}
{{- end }}
{{- end -}}

{{- define "edgemesh.kubeAPIConfig" -}}
burst: ""
contentType: ""
kubeConfig: ""
master: ""
qps: ""
deleteKubeConfig: ""
metaServer:
  server: ""
  security:
    requireAuthorization: ""
    insecureSkipTLSVerify: ""
    tlsCaFile: ""
    tlsCertFile: ""
    tlsPrivateKeyFile: ""
{{- end -}}

{{- define "edgemesh.loadBalancer" -}}
consistentHash: { partitionCount: "", replicationFactor: "", load: "" }
{{- end -}}

{{- define "edgemesh.edgeTunnel" -}}
enable: ""
listenPort: ""
transport: ""
rendezvous: ""
enableIpfsLog: ""
relayNodes: relays
maxCandidates: ""
heartbeatPeriod: ""
finderPeriod: ""
psk: { enable: "", path: "" }
tunnelLimitConfig:
  enable: ""
  tunnelBaseStreamIn: ""
  tunnelBaseStreamOut: ""
  tunnelPeerBaseStreamIn: ""
  tunnelPeerBaseStreamOut: ""
listenInterfaces: ""
extraFilteredInterfaces: ""
{{- end -}}

{{- /* The account of .name with its role, whose rules are .rules, and the ConfigMap with the key of the mesh. */ -}}
{{- define "edgemesh.access" -}}
apiVersion: v1
kind: ServiceAccount
metadata: {{- include "edgemesh.meta" . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{- include "edgemesh.meta" (omit . "namespace") | nindent 2 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .name }} }
subjects: [{ kind: ServiceAccount, name: {{ .name }}, namespace: {{ .namespace }} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{- include "edgemesh.meta" (omit . "namespace") | nindent 2 }}
rules:
  - { apiGroups: [""], resources: {{ toJson .reads }}, verbs: [get, list, watch] }
  - { apiGroups: [networking.istio.io], resources: ["*"], verbs: [get, list, watch] }
---
apiVersion: v1
kind: ConfigMap
metadata: {{- include "edgemesh.meta" (merge (dict "name" (printf "%s-psk" .name)) .) | nindent 2 }}
data:
  psk: {{ .psk }}
{{- end -}}

{{- define "edgemesh.meta" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels: { k8s-app: kubeedge, kubeedge: {{ .component }} }
{{- end -}}

{{- /* The pod of .name: .values are the chart's. */ -}}
{{- define "edgemesh.pod" -}}
hostNetwork: true
restartPolicy: Always
serviceAccountName: {{ .name }}
{{- if .values.nodeName }}
nodeName: {{ .values.nodeName }}
{{- else }}
{{- range $key := list "nodeSelector" "affinity" "tolerations" }}
{{- with get $.values $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ .values.image }}
    securityContext: { privileged: true }
    env:
      - { name: NODE_NAME, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
      {{- if eq .component "edgemesh-agent" }}
      - { name: NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
      {{- end }}
    resources:
      {{- range $kind := list "limits" "requests" }}
      {{- with get $.values.resources $kind }}
      {{ $kind }}: { cpu: {{ .cpu }}, memory: {{ .memory }} }
      {{- end }}
      {{- end }}
    volumeMounts:
      - { name: conf, mountPath: /etc/edgemesh/config }
      {{- if eq .component "edgemesh-agent" }}
      - { name: resolv, mountPath: /etc/resolv.conf }
      {{- end }}
      - { name: host-time, mountPath: /etc/localtime, readOnly: true }
      - { name: psk, mountPath: /etc/edgemesh }
      {{- if .values.metaServerSecret }}
      - { name: metaserver-certs, mountPath: /etc/edgemesh/metaserver }
      {{- end }}
volumes:
  - { name: conf, configMap: { name: {{ .name }}-cfg } }
  {{- if eq .component "edgemesh-agent" }}
  - { name: resolv, hostPath: { path: /etc/resolv.conf } }
  {{- end }}
  - { name: host-time, hostPath: { path: /etc/localtime } }
  - { name: psk, configMap: { name: {{ .name }}-psk } }
  {{- with .values.metaServerSecret }}
  - { name: metaserver-certs, secret: { secretName: {{ . }}, defaultMode: 420 } }
  {{- end }}
{{- end -}}
