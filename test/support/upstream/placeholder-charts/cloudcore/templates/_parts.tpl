{{- /* Name, labels and annotations of an object that belongs to one component's values. */ -}}
{{- define "meta" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
{{- with .of.labels }}
labels: {{ toJson . }}
{{- end }}
{{- with .annotations }}
annotations: {{ toJson . }}
{{- end }}
{{- end -}}

{{- /* Where a component's pods may run, and how their images are pulled. */ -}}
{{- define "placement" -}}
restartPolicy: Always
{{- range $key, $value := dict "nodeSelector" .nodeSelector "affinity" .affinity "tolerations" .tolerations "imagePullSecrets" .image.pullSecrets }}
{{- with $value }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What a component's values say about its container. */ -}}
{{- define "container" -}}
image: {{ .image.repository }}:{{ .image.tag }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- with .securityContext }}
securityContext: {{ toJson . }}
{{- end }}
{{- with .resources }}
resources: {{ toJson . }}
{{- end }}
{{- end -}}

{{- /* A ServiceAccount's right to a ClusterRole. */ -}}
{{- define "binding" -}}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .role }} }
subjects: [{ kind: ServiceAccount, name: {{ .account }}, namespace: {{ .namespace }} }]
{{- end -}}

{{- /* The rule about the jobs that edges carry out. */ -}}
{{- define "jobs" -}}
apiGroups: [operations.kubeedge.io]
resources:
  {{- range list "nodeupgradejobs" "imageprepulljobs" "configupdatejobs" }}
  - {{ . }}
  - {{ . }}/status
  {{- end }}
verbs: [get, list, watch, update, patch]
{{- end -}}
